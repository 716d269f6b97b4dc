import ClawJSON
import ClawTesting
import Testing

@Suite("Admins of a tenant")
struct TenantAdminTests {
  /// A connection with an API key of an admin.
  private static func admin(_ gateway: GatewayHarness, of tenant: String) async throws -> WireConnection {
    let owner = HTTPCaller(gateway, headers: [("X-SwiftClaw-Tenant", tenant)])
    let key = try await APIKeyTests.make(owner, ["role": "admin"])
    return try await .connect(port: gateway.port, token: APIKeyTests.secret(key), user: "chief")
  }

  @Test("S10: give agents folders below their tenant's alone", arguments: ["acme", "default"])
  func folders(tenant: String) async throws {
    try await GatewayHarness.run { gateway in
      #expect(try await HTTPCaller(gateway).send(.POST, "/v1/tenants", body: #"{"id":"acme"}"#).status == 201)
      let admin = try await Self.admin(gateway, of: tenant)
      for folder in [
        "/etc", "\(gateway.directory.path)/workspace/@acme/default", "../x", "a/../../x", "~", "@acme/default",
        "./@acme",
      ] {
        for (method, params) in [
          ("agents.create", ["name": "spy", "workspace": .string(folder)]),
          ("agents.update", ["agentId": "default", "workspace": .string(folder)]),
        ] as [(String, JSONValue)] {
          #expect(try await admin.failure(method, params)["code"] == "INVALID_REQUEST", "\(method) \(folder)")
        }
      }
      let made = try await admin.call("agents.create", ["name": "helper", "workspace": "shared/./helper"])
      let below = tenant == "default" ? "" : "@acme/"
      #expect(made["workspace"] == .string("\(gateway.directory.path)/workspace/\(below)shared/helper"))
      // The operator's choice is kept when an admin changes something else.
      let owner = try await gateway.connect()
      _ = try await owner.call("agents.update", ["agentId": "default", "workspace": "/srv/elsewhere"])
      _ = try await admin.call("agents.update", ["agentId": "default", "emoji": "x"])
    }
  }

  @Test("S10: read of the log what is about their tenant alone; the holder of the gateway token reads all")
  func logs() async throws {
    let models = try await FakeModelServer.start()
    models.respond { _ in .status(400, body: "{}") }
    try await GatewayHarness.run(models: models) { gateway in
      #expect(try await HTTPCaller(gateway).send(.POST, "/v1/tenants", body: #"{"id":"acme"}"#).status == 201)
      let admin = try await Self.admin(gateway, of: "acme")
      _ = try await admin.failure("chat.send", ["message": "hello"])
      let (ours, all) = (
        try await admin.call("logs.tail", ["limit": 1000]),
        try await gateway.connect().call("logs.tail", ["limit": 1000])
      )
      let lines = try #require(ours["lines"]?.arrayValue)
      #expect(lines.contains { $0["message"] == "run.failed" }, "\(lines)")
      #expect(lines.allSatisfy { $0["fields"]?["tenant"] == "acme" }, "\(lines)")
      #expect(try #require(all["lines"]?.arrayValue?.count) > lines.count)
    }
    await models.stop()
  }
}
