import ClawJSON
import ClawTesting
import Testing

@Suite("One tenant's secrets and another tenant's texts", .timeLimit(.minutes(10)))
struct TenantSecretTests {
  private static let session: JSONValue = "agent:default:ws:main"

  private static func set(
    _ name: String, to value: String?, in tenant: String, _ gateway: GatewayHarness
  ) async throws {
    let caller = HTTPCaller(gateway, headers: [("X-SwiftClaw-Tenant", tenant)])
    guard let value else {
      #expect(try await caller.send(.DELETE, "/v1/secrets/\(name)").status == 204)
      return
    }
    let body: JSONValue = ["value": .string(value)]
    #expect(try await caller.send(.PUT, "/v1/secrets/\(name)", body: body.serializedString()).status == 204)
  }

  private static func connect(_ tenant: String, _ gateway: GatewayHarness) async throws -> WireConnection {
    let client = try await WireConnection.open(port: gateway.port)
    _ = try await client.call(
      "connect", ["token": .string(gateway.token), "tenant": .string(tenant), "user_id": "ann"])
    return client
  }

  /// The visible answer of a calculator that is asked for a number.
  private static func result(
    _ number: String, _ client: WireConnection, _ models: FakeModelServer
  ) async throws -> String {
    models.enqueue(.call("calculator", ["expression": .string(number)]), .text("done"))
    _ = try await client.call("chat.send", ["message": "hello"])
    let result = client.events.last { $0["event"] == "tool.result" }
    client.forgetEvents()
    return result?["payload"]?["preview"]?.stringValue ?? "nothing"
  }

  @Test("a tenant's secret changes nothing in another tenant's results, and counts in its own as long as it is there")
  func apart() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { (gateway) async throws in
      for tenant in ["evil", "victim"] {
        #expect(try await HTTPCaller(gateway).send(.POST, "/v1/tenants", body: "{\"id\":\"\(tenant)\"}").status == 201)
      }
      let (evil, victim) = (try await Self.connect("evil", gateway), try await Self.connect("victim", gateway))
      try await Self.set("number", to: "123456", in: "evil", gateway)
      #expect(try await Self.result("123456", victim, models) == "123456")
      #expect(try await Self.result("123456", evil, models) == "***")
      let history = try await evil.call("chat.history", ["sessionKey": Self.session])
      #expect(!history.serializedString().contains("123456"))
      // The log is shared: a tenant must not alter it by its choice of secrets.
      #expect(try await HTTPCaller(gateway).get("/v1/nothing/123456").status == 404)
      #expect(gateway.log.lines.contains { $0.contains("/v1/nothing/123456") })
      // Replaced: the new one is redacted, the old one no more. Removed: neither.
      try await Self.set("number", to: "654321", in: "evil", gateway)
      #expect(try await Self.result("123456", evil, models) == "123456")
      #expect(try await Self.result("654321", evil, models) == "***")
      try await Self.set("number", to: nil, in: "evil", gateway)
      #expect(try await Self.result("654321", evil, models) == "654321")
      // An erased tenant leaves nothing to a new one of the same name.
      try await Self.set("number", to: "777888", in: "evil", gateway)
      #expect(try await Self.result("777888", evil, models) == "***")
      #expect(try await HTTPCaller(gateway).send(.DELETE, "/v1/tenants/evil").status == 204)
      #expect(try await HTTPCaller(gateway).send(.POST, "/v1/tenants", body: #"{"id":"evil"}"#).status == 201)
      let again = try await Self.connect("evil", gateway)
      let result = try await Self.result("777888", again, models)
      #expect(result == "777888")
    }
    await models.stop()
  }

  @Test("every tenant has its secrets kept, however many others have")
  func many() async throws {
    let models = try await FakeModelServer.start()
    let directory = try TemporaryDirectory()
    try await GatewayHarness.run(in: directory, models: models) { (gateway) async throws in
      for tenant in 0..<3 {
        let name = "t\(tenant)"
        #expect(try await HTTPCaller(gateway).send(.POST, "/v1/tenants", body: "{\"id\":\"\(name)\"}").status == 201)
        for number in 0..<4 { try await Self.set("s\(number)", to: "10000\(number)\(tenant)", in: name, gateway) }
      }
    }
    // After a start only needed secrets are read, and they are available.
    try await GatewayHarness.run(in: directory, models: models) { (gateway) async throws in
      for tenant in 0..<3 {
        let client = try await Self.connect("t\(tenant)", gateway)
        for owner in 0..<3 {
          let result = try await Self.result("100003\(owner)", client, models)
          #expect(result == (owner == tenant ? "***" : "100003\(owner)"))
        }
      }
    }
    await models.stop()
  }
}
