import ClawJSON
import ClawProtocol
import ClawTesting
import NIOHTTP1
import Testing

extension IsolationStage {
  /// Builds the stage in a gateway with high limits.
  static func run(_ body: @escaping @Sendable (IsolationStage) async throws -> Void) async throws {
    let models = try await FakeModelServer.start()
    let environment = [
      "SWIFTCLAW_PAIRING_MAX_PENDING": "10000", "SWIFTCLAW_PAIRING_MAX_PENDING_PER_ADDRESS": "1000",
      "SWIFTCLAW_CRON_MAX_JOBS": "10000", "SWIFTCLAW_MODELS_TENANT_PRIVATE_ADDRESSES": "true",
    ]
    try await GatewayHarness.run(models: models, environment: environment) { gateway in
      for tenant in ["a", "b"] {
        let answer = try await HTTPCaller(gateway).send(.POST, "/v1/tenants", body: "{\"id\":\"\(tenant)\"}")
        #expect(answer.status == 201, "\(answer.text)")
      }
      let stage = try await build(in: gateway, models)
      try await body(stage)
      stage.gate.open()
    }
    await models.stop()
  }

  private static func build(in gateway: GatewayHarness, _ models: FakeModelServer) async throws -> IsolationStage {
    var callers: [Caller] = []
    for (tenant, user) in [("a", ann), ("a", "bob"), ("a", twin), ("b", ann)] {
      for role in [MethodRole.viewer, .operator_, .admin] {
        callers.append(try await caller(gateway, tenant, user, role))
      }
    }
    let ann = callers[2].socket
    let run = try await ann.call(
      "chat.send", ["message": "\(mark) message", "sessionKey": .string(session), "idempotencyKey": "her-key"])
    #expect(run["status"] == "completed")
    _ = try await ann.call("sessions.label", ["key": .string(session), "label": "\(mark) label"])
    let job = try await ann.call(
      "cron.create",
      ["name": "\(mark) job", "message": "\(mark) job", "schedule": ["kind": "every", "everyMs": 3_600_000]])["job"]
    let agent = try await ann.call("agents.create", ["name": "helper", "description": "\(tenantMark) helper"])
    let device = try await paired(ann, sender: "device-1")
    let pending = try await ann.call(
      "device.pair.request", ["senderId": "device-2", "channel": "telegram", "chatId": "\(tenantMark) chat"])
    // A run that continues until the end, so that there is something to abort.
    let gate = FakeGate()
    models.enqueue(.text("never ends here").stalling(after: 1, gate))
    let running = try await ann.call(
      "chat.send", ["message": "\(mark) running", "sessionKey": .string(session), "wait": false])
    _ = try await ann.events(through: "chunk")
    ann.forgetEvents()
    let nobody: JSONValue = "01890a5d-ac96-774b-bcce-b302099a8057"
    return IsolationStage(
      gateway: gateway, gate: gate, callers: callers,
      references: [
        "sessionKey": Reference(hers: .string(session), nobodys: "agent:default:none"),
        "key": Reference(hers: .string(session), nobodys: "agent:default:none"),
        "userId": Reference(hers: .string(Self.ann), nobodys: "nobody"),
        "runId": Reference(hers: running["runId"] ?? .null, nobodys: nobody),
        "idempotencyKey": Reference(hers: "her-key", nobodys: "no-key"),
        "jobId": Reference(hers: job?["id"] ?? .null, nobodys: nobody),
        "agentId": Reference(hers: agent["agentId"] ?? .null, nobodys: "no-agent", isTenants: true),
        "workspace": Reference(hers: "helper", nobodys: "no-folder", isTenants: true),
        "deviceId": Reference(hers: device, nobodys: nobody),
        "code": Reference(hers: pending["code"] ?? .null, nobodys: "ZZZZ2222"),
        "senderId": Reference(hers: "device-1", nobodys: "device-0", isTenants: true),
        "sender_id": Reference(hers: "scd_0", nobodys: "scd_1", isTenants: true),
        "cursor": Reference(hers: "", nobodys: "", isTenants: true),
      ])
  }

  private static func caller(
    _ gateway: GatewayHarness, _ tenant: String, _ user: String, _ role: MethodRole
  ) async throws -> Caller {
    let owner = HTTPCaller(gateway, headers: [("X-SwiftClaw-Tenant", tenant)])
    let key = try await APIKeyTests.make(owner, ["role": .string(role.rawValue), "user_id": .string(user)])
    let secret = try APIKeyTests.secret(key)
    let socket = try await WireConnection.connect(port: gateway.port, token: secret, user: user)
    return Caller(tenant: tenant, user: user, role: role, socket: socket, secret: secret)
  }

  /// A device of Ann's, by its public id.
  private static func paired(_ admin: WireConnection, sender: String) async throws -> JSONValue {
    let asked = try await admin.call(
      "device.pair.request", ["senderId": .string(sender), "channel": "telegram", "chatId": "\(tenantMark) chat"])
    let done = try await admin.call("device.pair.approve", ["code": asked["code"] ?? .null, "userId": .string(ann)])
    return try #require(done["paired"]?["device_id"])
  }
}
