import ClawJSON
import ClawTesting
import Testing

@Suite("Runs whose session is removed under them", .timeLimit(.minutes(10)))
struct RemovedRunTests {
  @Test(
    "erasing a user or a tenant ends what goes on for them, for everybody who watches",
    arguments: ["users/bob", "tenants/acme"])
  func erased(what: String) async throws {
    let models = try await FakeModelServer.start()
    models.respond { _ in FakeReply.text("one two three").stalling(after: 1, FakeGate()) }
    try await GatewayHarness.run(models: models) { gateway in
      var headers = [("X-SwiftClaw-User-Id", "bob")]
      let operatorOfGateway = HTTPCaller(gateway)
      if what.hasPrefix("tenants") {
        headers.append(("X-SwiftClaw-Tenant", "acme"))
        let made = try await operatorOfGateway.send(.POST, "/v1/tenants", body: #"{"id":"acme","name":"Acme"}"#)
        #expect(made.status == 201)
      }
      let tenant: JSONValue = what.hasPrefix("tenants") ? "acme" : "default"
      let client = try await WireConnection.open(port: gateway.port)
      _ = try await client.call("connect", ["token": .string(gateway.token), "user_id": "bob", "tenant": tenant])
      let id = client.request("chat.send", ["message": "count"])
      _ = try await client.events(through: "chunk")
      let bob = HTTPCaller(gateway, headers: headers)
      let (parts, part) = AsyncStream.makeStream(of: String.self)
      async let stream = bob.stream(HTTPCaller.body("count", ["stream": true])) { part.yield($0) }
      for await text in parts where text.contains("one") { break }
      let erased = try await operatorOfGateway.send(.DELETE, "/v1/" + what)
      #expect(erased.status == 204)
      let text = try await stream
      #expect(text.contains(#""code":"aborted""#) || text.contains(#""code":"forbidden""#), "\(text)")
      #expect(!text.contains("[DONE]"))
      if what.hasPrefix("users") {
        var ends: [JSONValue] = []
        while ends.isEmpty {
          let event = try await client.event()
          if event["event"] == "run.failed", event["payload"]?["sessionKey"] == "agent:default:ws:main" {
            ends.append(event)
          }
        }
        #expect(ends.first?["payload"]?["error"]?["code"] == "ABORTED")
        #expect(try await client.response(to: id)["payload"]?["status"] == "aborted")
      }
    }
    await models.stop()
  }
}
