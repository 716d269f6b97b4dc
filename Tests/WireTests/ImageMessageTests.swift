import ClawJSON
import ClawTesting
import Foundation
import Testing

@Suite("Images in messages", .timeLimit(.minutes(10)))
struct ImageMessageTests {
  private static let session = "agent:default:album"
  /// Long enough not to occur by chance.
  private static let base64 = "iVBORw0KGgoAAAANSUhEUgAAAAUAAAAFCAYAAACNbyblAAAAHElEQVQI12P4"
  private static let url = "data:image/png;base64," + base64

  private static func message(_ text: String, _ url: String = Self.url) -> JSONValue {
    [
      "messages": [
        [
          "role": "user",
          "content": [
            ["type": "text", "text": .string(text)], ["type": "image_url", "image_url": ["url": .string(url)]],
          ],
        ]
      ]
    ]
  }

  private func caller(_ gateway: GatewayHarness, _ headers: [(String, String)] = []) -> HTTPCaller {
    HTTPCaller(gateway, headers: [("X-SwiftClaw-Session", Self.session)] + headers)
  }

  @Test("an image is kept as a file and not in the database, and each model is shown it as it came")
  func kept() async throws {
    for dialect in ["openai", "anthropic"] {
      let models = try await FakeModelServer.start()
      models.respond { _ in .text("a picture") }
      let directory = try TemporaryDirectory()
      try await GatewayHarness.run(in: directory, models: models, dialect: dialect) { gateway in
        let status = try await caller(gateway).complete(Self.message("what is this?")).status
        #expect(status == 200)
      }
      // From the store, in another process.
      try await GatewayHarness.run(in: directory, models: models, dialect: dialect) { gateway in
        #expect(try await caller(gateway).complete(HTTPCaller.body("and now?")).status == 200)
        let history = try await gateway.connect().call("chat.history", ["sessionKey": .string(Self.session)])
        let shown = try #require(history["messages"]?[0]?["media"]?[0])
        #expect(shown["kind"] == "image" && shown["type"] == "image/png" && shown["size"] == 45)
        #expect(history["messages"]?[0]?["content"] == "what is this?")
        #expect(history["messages"]?[1]?["media"] == nil)
        let bytes = try await HTTPCaller(gateway).get("/v1/media/" + (shown["id"]?.stringValue ?? ""))
        #expect(bytes.status == 200 && bytes["content-type"] == "image/png")
      }
      #expect(models.requests.count == 2)
      for request in models.requests {
        let parts = request.messages.first { $0["role"] == "user" }?["content"]?.arrayValue ?? []
        if dialect == "openai" {
          #expect(parts.last == ["type": "image_url", "image_url": ["url": .string(Self.url)]])
        } else {
          #expect(
            parts.first { $0["type"] == "image" }?["source"]
              == ["type": "base64", "media_type": "image/png", "data": .string(Self.base64)])
        }
      }
      #expect(models.violations.isEmpty)
      for (name, data) in try await GatewayHarness.leftovers(in: directory) {
        #expect(data.range(of: Data(Self.base64.utf8)) == nil, "\(name) holds the image")
      }
      await models.stop()
    }
  }

  @Test("the same image sent twice is one file; it goes with the last session that has it")
  func removed() async throws {
    try await withModels { gateway in
      let other = HTTPCaller(gateway, headers: [("X-SwiftClaw-Session", "agent:default:other")])
      for sender in [caller(gateway), other, other] {
        #expect(try await sender.complete(Self.message("look")).status == 200)
      }
      #expect(MediaTests.files(gateway).count == 1)
      let client = try await gateway.connect()
      _ = try await client.call("sessions.delete", ["key": .string(Self.session)])
      #expect(try await other.complete(HTTPCaller.body("again")).status == 200)
      #expect(MediaTests.files(gateway).count == 1)
      _ = try await client.call("sessions.delete", ["key": "agent:default:other"])
      while !MediaTests.files(gateway).isEmpty, !Task.isCancelled { await Task.yield() }
      #expect(MediaTests.files(gateway).isEmpty)
    }
  }

  @Test("a repeated key with the same image is answered as before and keeps no more; with another image it is 409")
  func repeated() async throws {
    let models = try await FakeModelServer.start()
    models.respond { _ in .text("a picture") }
    try await GatewayHarness.run(models: models) { gateway in
      let sender = caller(gateway, [("Idempotency-Key", "k")])
      for _ in 0..<2 { #expect(try await sender.complete(Self.message("look")).status == 200) }
      // The same bytes in another encoding.
      let escaped = Self.url.replacingOccurrences(of: "A", with: "%41")
      #expect(try await sender.complete(Self.message("look", escaped)).status == 200)
      let other = try await sender.complete(Self.message("look", "data:image/png;base64,AAAA"))
      #expect(other.status == 409)
      while MediaTests.files(gateway).count != 1, !Task.isCancelled { await Task.yield() }
      #expect(MediaTests.files(gateway).count == 1)
    }
    #expect(models.requests.count == 1)
    await models.stop()
  }

  @Test("what is no base64, or too many images, is 400 and keeps nothing; https images stay what they are")
  func refused() async throws {
    let models = try await FakeModelServer.start()
    models.respond { _ in .text("a picture") }
    try await GatewayHarness.run(models: models, environment: ["SWIFTCLAW_MEDIA_MAX_PARTS": "2"]) { gateway in
      let broken = try await caller(gateway).complete(Self.message("look", "data:image/png;base64,???"))
      #expect(broken.status == 400, "\(broken.text)")
      // A provider would refuse these, and with them each later message of the session.
      for url in [
        "data:text/html;base64,aGVsbG8=", "data:image/svg+xml;base64,aGVsbG8=", "data:;base64,aGVsbG8=",
        "data:image/png;base64,",
      ] {
        let other = try await caller(gateway).complete(Self.message("look", url))
        #expect(other.status == 400, "\(url): \(other.text)")
      }
      let image: JSONValue = ["type": "image_url", "image_url": ["url": .string(Self.url)]]
      let many = try await caller(gateway).complete(["messages": [["role": "user", "content": [image, image, image]]]])
      #expect(many.status == 400, "\(many.text)")
      #expect(MediaTests.files(gateway).isEmpty && models.requests.isEmpty)
      #expect(try await caller(gateway).complete(Self.message("look", "https://example.org/a.png")).status == 200)
      #expect(MediaTests.files(gateway).isEmpty)
      #expect(models.requests.first?.body.serializedString().contains("https://example.org/a.png") == true)
    }
    await models.stop()
  }

  @Test("a message whose file was taken away is answered all the same, and the model is told what is missing")
  func lost() async throws {
    let models = try await FakeModelServer.start()
    models.respond { _ in .text("a picture") }
    try await GatewayHarness.run(models: models) { gateway in
      #expect(try await caller(gateway).complete(Self.message("look")).status == 200)
      for file in MediaTests.files(gateway) {
        try FileManager.default.removeItem(atPath: gateway.directory.path + "/media/" + file)
      }
      #expect(try await caller(gateway).complete(HTTPCaller.body("and?")).status == 200)
      #expect(models.requests.last?.body.serializedString().contains("[image: image/png, 45 bytes]") == true)
    }
    await models.stop()
  }

  private func withModels(_ body: @escaping @Sendable (GatewayHarness) async throws -> Void) async throws {
    let models = try await FakeModelServer.start()
    models.respond { _ in .text("a picture") }
    try await GatewayHarness.run(models: models, body)
    await models.stop()
  }
}
