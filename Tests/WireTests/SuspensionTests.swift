import ClawJSON
import ClawTesting
import Testing

@Suite("Tenants that are suspended while they are answered", .timeLimit(.minutes(10)))
struct SuspensionTests {
  @Test("what runs ends with FORBIDDEN and its model is left alone at once, and nothing that waits is sent to it")
  func suspended() async throws {
    let models = try await FakeModelServer.start()
    models.respond { _ in FakeReply.text("one two three").stalling(after: 1, FakeGate()) }
    try await GatewayHarness.run(models: models) { gateway in
      let http = HTTPCaller(gateway)
      #expect(try await http.send(.POST, "/v1/tenants", body: #"{"id":"acme","name":"Acme"}"#).status == 201)
      let client = try await WireConnection.open(port: gateway.port)
      let token: JSONValue = .string(gateway.token)
      _ = try await client.call("connect", ["token": token, "user_id": "bob", "tenant": "acme"])
      client.request("chat.send", ["message": "first"])
      _ = try await client.events(through: "chunk")
      for text in ["second", "third"] {
        _ = try await client.call("chat.send", ["message": .string(text), "wait": false])
      }
      let request = try #require(models.requests.first)
      let suspended = try await http.send(.PATCH, "/v1/tenants/acme", body: #"{"status":"suspended"}"#)
      #expect(suspended.status == 200)
      await models.clientClosed(request)
      let admin = try await gateway.connect()
      var main: JSONValue = .null
      while main["running"] != 0 || main["queued"] != 0 {
        main = try await admin.call("status")["lanes"]?["main"] ?? .null
      }
      #expect(models.requests.count == 1)
      let active = try await http.send(.PATCH, "/v1/tenants/acme", body: #"{"status":"active"}"#)
      #expect(active.status == 200)
      let again = try await WireConnection.open(port: gateway.port)
      _ = try await again.call("connect", ["token": token, "user_id": "bob", "tenant": "acme"])
      _ = try await again.subscribe(to: "agent:default:ws:main", after: 0)
      var ends: [JSONValue] = []
      while ends.count < 3 { ends += [try await again.events(through: "run.failed").last ?? .null] }
      #expect(ends.allSatisfy { $0["payload"]?["error"]?["code"] == "FORBIDDEN" })
    }
    await models.stop()
  }
}
