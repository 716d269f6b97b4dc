import AsyncHTTPClient
import ClawCommands
import ClawJSON
import ClawTesting
import Foundation
import NIOCore
import NIOHTTP1
import Testing

@Suite("Media in and out", .timeLimit(.minutes(10)))
struct MediaTests {
  private static let size = 20 * 1024 * 1024
  private static let path = "/v1/media"
  /// A test on a busy machine is no slow client.
  private static let patient = ["SWIFTCLAW_GATEWAY_BODY_TIMEOUT": "300s"]

  /// Bytes without nearby repetitions, so that a misplaced chunk is detected.
  private static func bytes(_ count: Int, seed: UInt32 = 1) -> [UInt8] {
    var state = seed
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return UInt8(truncatingIfNeeded: state >> 24)
    }
  }

  private func upload(
    _ body: HTTPClientRequest.Body, as caller: HTTPCaller, type: String = "image/png"
  ) async throws -> HTTPCaller.Answer {
    var request = caller.request(.POST, Self.path, [("content-type", type)])
    request.body = body
    let response = try await HTTPClient.shared.execute(request, timeout: .seconds(300))
    let bytes = try await response.body.collect(upTo: 1 << 20)
    return HTTPCaller.Answer(status: response.status.code, headers: response.headers, text: String(buffer: bytes))
  }

  private func upload(
    _ bytes: [UInt8], as caller: HTTPCaller, type: String = "image/png"
  ) async throws -> HTTPCaller.Answer {
    try await upload(.bytes(ByteBuffer(bytes: bytes)), as: caller, type: type)
  }

  private func download(_ id: String, as caller: HTTPCaller) async throws -> (status: UInt, bytes: [UInt8]) {
    let response = try await HTTPClient.shared.execute(
      caller.request(.GET, Self.path + "/" + id), timeout: .seconds(300))
    return (response.status.code, Array(try await response.body.collect(upTo: 32 << 20).readableBytesView))
  }

  /// The media files of a gateway, by their paths in its folder.
  static func files(_ gateway: GatewayHarness) -> [String] { files(in: gateway.directory) }

  static func files(in directory: TemporaryDirectory) -> [String] {
    let folder = directory.path + "/media"
    let all = FileManager.default.subpaths(atPath: folder) ?? []
    return all.filter { path in
      var isFolder: ObjCBool = false
      return FileManager.default.fileExists(atPath: folder + "/" + path, isDirectory: &isFolder) && !isFolder.boolValue
    }.sorted()
  }

  private static func text(_ answer: HTTPCaller.Answer, _ name: String) throws -> String {
    try #require(answer.json[name]?.stringValue, "\(answer.text)")
  }

  @Test("an upload without bytes is 400 and keeps nothing")
  func empty() async throws {
    try await GatewayHarness.run { gateway in
      let answer = try await upload([], as: HTTPCaller(gateway))
      #expect(answer.status == 400 && answer.text.contains("must not be empty"), "\(answer.text)")
      #expect(Self.files(gateway).allSatisfy { $0.contains("incoming") })
    }
  }

  @Test("20 MiB go in piece by piece: what has come is on the disk before the rest is sent")
  func streamedIn() async throws {
    try await GatewayHarness.run(environment: Self.patient) { gateway in
      let all = Self.bytes(Self.size)
      let (parts, part) = AsyncStream<ByteBuffer>.makeStream()
      async let answer = upload(.stream(parts, length: .unknown), as: HTTPCaller(gateway))
      let half = Self.size / 2
      part.yield(ByteBuffer(bytes: all[..<half]))
      let folder = gateway.directory.path + "/media/default/incoming"
      var written = 0
      while written < half - 1_000_000, !Task.isCancelled {
        let name = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.first ?? ""
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + name)
        written = (attributes?[.size] as? Int) ?? 0
        await Task.yield()
      }
      #expect(Self.files(gateway).allSatisfy { $0.hasPrefix("default/incoming/") })
      part.yield(ByteBuffer(bytes: all[half...]))
      part.finish()
      let stored = try await answer
      #expect(stored.status == 201, "\(stored.text)")
      #expect(stored.json["size"] == .integer(Int64(Self.size)) && stored.json["type"] == "image/png")
      let digest = try Self.text(stored, "sha256")
      #expect(Self.files(gateway) == ["default/\(digest.prefix(2))/\(digest)"])
      let back = try await download(try Self.text(stored, "id"), as: HTTPCaller(gateway))
      #expect(back.status == 200 && back.bytes == all)
    }
  }

  @Test("20 MiB go out piece by piece: what is cut off the file behind the answer's beginning does not come")
  func streamedOut() async throws {
    try await GatewayHarness.run(environment: Self.patient) { gateway in
      let caller = HTTPCaller(gateway)
      let stored = try await upload(Self.bytes(Self.size), as: caller)
      let file = gateway.directory.path + "/media/" + (try #require(Self.files(gateway).first))
      let response = try await HTTPClient.shared.execute(
        caller.request(.GET, Self.path + "/" + (try Self.text(stored, "id"))), timeout: .seconds(300))
      #expect(response.headers.first(name: "content-length") == String(Self.size))
      var received = 0
      await #expect(throws: (any Error).self) {
        for try await piece in response.body {
          if received == 0 { truncate(file, 1000) }
          received += piece.readableBytes
        }
      }
      #expect(received > 0 && received < Self.size)
    }
  }

  @Test("an answer tells type, size and digest, and lets no browser take the bytes for anything else")
  func headers() async throws {
    try await GatewayHarness.run { gateway in
      let caller = HTTPCaller(gateway)
      let page = try await upload(Array("<script>alert(1)</script>".utf8), as: caller, type: "Text/HTML; charset=utf-8")
      let path = Self.path + "/" + (try Self.text(page, "id"))
      #expect(page["location"] == path && page.json["type"] == "text/html" && page.json["kind"] == "file")
      let answer = try await caller.get(path)
      #expect(answer["content-type"] == "text/html" && answer["content-length"] == "25")
      #expect(answer["x-content-type-options"] == "nosniff")
      #expect(answer["content-disposition"]?.hasPrefix("attachment; filename=\"") == true)
      #expect(answer["content-security-policy"] == "default-src 'none'; sandbox")
      let tag = try #require(answer["etag"])
      let digest = try Self.text(page, "sha256")
      #expect(tag == "\"\(digest)\"")
      let again = try await caller.send(.GET, path, [("If-None-Match", tag)])
      #expect(again.status == 304 && again.text.isEmpty)
      let head = try await caller.send(.HEAD, path)
      #expect(head.status == 200 && head["content-length"] == "25" && head.text.isEmpty)
      let image = try await upload([1, 2, 3], as: caller)
      let shown = try await caller.get(Self.path + "/" + (try Self.text(image, "id")))
      #expect(shown["content-disposition"]?.hasPrefix("inline") == true && image.json["kind"] == "image")
      // Invalid types, such as one that would begin another header.
      for type in ["nonsense", "a/b/c", "image/p ng", ""] {
        #expect(try await upload([7], as: caller, type: type).json["type"] == "application/octet-stream", "\(type)")
      }
    }
  }

  @Test("more than media.max_bytes is 413, whether the head says so or not, and leaves nothing")
  func tooLarge() async throws {
    try await GatewayHarness.run(environment: ["SWIFTCLAW_MEDIA_MAX_BYTES": "100000"]) { gateway in
      let caller = HTTPCaller(gateway)
      let bytes = Self.bytes(100_001)
      let (parts, part) = AsyncStream<ByteBuffer>.makeStream()
      part.yield(ByteBuffer(bytes: bytes))
      part.finish()
      for answer in [
        try await upload(bytes, as: caller), try await upload(.stream(parts, length: .unknown), as: caller),
      ] {
        #expect(answer.status == 413)
        #expect(answer.json["error"]?["code"] == "INVALID_REQUEST", "\(answer.text)")
      }
      while !Self.files(gateway).isEmpty, !Task.isCancelled { await Task.yield() }
      #expect(Self.files(gateway).isEmpty)
      #expect(try await upload(Array(bytes.dropLast()), as: caller).status == 201)
    }
  }

  @Test("a tenant has room for so much, the same bytes counted once")
  func quota() async throws {
    try await GatewayHarness.run(environment: ["SWIFTCLAW_MEDIA_MAX_TENANT_BYTES": "10000"]) { gateway in
      let caller = HTTPCaller(gateway)
      for _ in 0..<3 { #expect(try await upload(Self.bytes(4000), as: caller).status == 201) }
      #expect(try await upload(Self.bytes(4000, seed: 2), as: caller).status == 201)
      let refused = try await upload(Self.bytes(4000, seed: 3), as: caller)
      #expect(refused.status == 429 && refused.json["error"]?["code"] == "RESOURCE_EXHAUSTED", "\(refused.text)")
      #expect(refused["retry-after"] == nil)
    }
  }

  @Test("two users with the same bytes have one file and never each other's; it goes with the last of them")
  func users() async throws {
    try await GatewayHarness.run { gateway in
      let (ann, bob) = (
        HTTPCaller(gateway, headers: [("X-SwiftClaw-User-Id", "ann")]),
        HTTPCaller(gateway, headers: [("X-SwiftClaw-User-Id", "bob")])
      )
      let bytes = Self.bytes(5000)
      let (hers, his) = (try await upload(bytes, as: ann), try await upload(bytes, as: bob))
      #expect(hers.json["id"] != his.json["id"] && Self.files(gateway).count == 1)
      let id = try Self.text(hers, "id")
      let foreign = try await bob.get(Self.path + "/" + id)
      let unknown = try await bob.get(Self.path + "/01890a5d-ac96-774b-bcce-b302099a8057")
      #expect(foreign.status == 404 && foreign.text == unknown.text)
      // Nor by the file's own name.
      #expect(try await bob.get(Self.path + "/" + (try Self.text(hers, "sha256"))).status == 404)
      #expect(try await HTTPCaller(gateway).send(.DELETE, "/v1/users/ann").status == 204)
      #expect(Self.files(gateway).count == 1)
      #expect(try await download(try Self.text(his, "id"), as: bob).bytes == bytes)
      #expect(try await ann.get(Self.path + "/" + id).status == 404)
      #expect(try await HTTPCaller(gateway).send(.DELETE, "/v1/users/bob").status == 204)
      #expect(Self.files(gateway).isEmpty)
    }
  }

  @Test("tenants share no file, and a tenant's go with it")
  func tenants() async throws {
    try await GatewayHarness.run { gateway in
      let operator_ = HTTPCaller(gateway)
      #expect(try await operator_.send(.POST, "/v1/tenants", body: #"{"id":"acme"}"#).status == 201)
      let acme = HTTPCaller(gateway, headers: [("X-SwiftClaw-Tenant", "acme")])
      let bytes = Self.bytes(5000)
      let (ours, theirs) = (try await upload(bytes, as: operator_), try await upload(bytes, as: acme))
      #expect(Self.files(gateway).map { $0.split(separator: "/")[0] } == ["acme", "default"])
      #expect(try await operator_.get(Self.path + "/" + (try Self.text(theirs, "id"))).status == 404)
      #expect(try await acme.get(Self.path + "/" + (try Self.text(ours, "id"))).status == 404)
      #expect(try await operator_.send(.DELETE, "/v1/tenants/acme").status == 204)
      #expect(Self.files(gateway).map { $0.split(separator: "/")[0] } == ["default"])
      #expect(try await download(try Self.text(ours, "id"), as: operator_).bytes == bytes)
    }
  }

  @Test("files are for the gateway's own user alone")
  func modes() async throws {
    try await GatewayHarness.run { gateway in
      _ = try await upload([1, 2, 3], as: HTTPCaller(gateway))
      for path in ["", "/default"] + Self.files(gateway).map({ "/" + $0 }) {
        let attributes = try FileManager.default.attributesOfItem(atPath: gateway.directory.path + "/media" + path)
        let mode = try #require(attributes[.posixPermissions] as? Int)
        #expect(mode & 0o077 == 0, "\(path): \(String(mode, radix: 8))")
      }
    }
  }

  @Test("what agents keep for a user goes when the user is erased, and nobody else's does")
  func userFolders() async throws {
    try await GatewayHarness.run { gateway in
      let root = gateway.directory.path + "/workspace/@users.d/"
      // The SHA-256 of "ann", and another one.
      let ann = "49915e0d7d4b402e3017d010bc1c0e83cac6c797d6c16e66340fe3268693a6a1"
      let other = String(repeating: "0", count: 64)
      for name in [ann, other] {
        try FileManager.default.createDirectory(atPath: root + name + "/default", withIntermediateDirectories: true)
        #expect(FileManager.default.createFile(atPath: root + name + "/default/notes", contents: Data([1])))
      }
      #expect(try await HTTPCaller(gateway).send(.DELETE, "/v1/users/ann").status == 204)
      #expect(try FileManager.default.contentsOfDirectory(atPath: root) == [other])
    }
  }
}
