import ClawJSON
import ClawTesting
import Testing

/// An API key with role admin that is bound to one user.
@Suite("Admins who are bound to a user", .timeLimit(.minutes(10)))
struct BoundAdminTests {
  private static func connect(_ gateway: GatewayHarness, _ members: JSONObject) async throws -> WireConnection {
    let key = try await APIKeyTests.make(HTTPCaller(gateway), members)
    return try await WireConnection.connect(port: gateway.port, token: try APIKeyTests.secret(key))
  }

  @Test("S6: jobs and runs of others are as if they were not there, asked for by name or not")
  func jobsAndRuns() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let bob = try await Self.connect(gateway, ["role": "operator", "user_id": "bob"])
      let bound = try await Self.connect(gateway, ["role": "admin", "user_id": "alice"])
      let free = try await Self.connect(gateway, ["role": "admin"])
      let gate = FakeGate()
      models.enqueue(.text("of bob").stalling(after: 1, gate))
      let run = try await bob.call("chat.send", ["message": "hello", "wait": false])["runId"] ?? .null
      _ = try await bob.events(through: "chunk")
      let made = try await bob.call(
        "cron.create", ["name": "tea", "message": "tea", "schedule": ["kind": "every", "everyMs": 3_600_000]])
      let job = made["job"]?["id"] ?? .null
      #expect(try await bound.call("cron.list")["jobs"] == [])
      #expect(try await bound.failure("cron.list", ["userId": "bob"])["code"] == "FORBIDDEN")
      for (method, params) in [
        ("cron.toggle", ["jobId": job, "enabled": false]), ("cron.delete", ["jobId": job]),
        ("chat.abort", ["runId": run]),
      ] as [(String, JSONValue)] {
        #expect(try await bound.failure(method, params)["code"] == "NOT_FOUND", "\(method)")
      }
      let status = try await bound.call("status")
      #expect(status["clients"] == 1 && status["sessions"] == 0)
      // An unbound admin sees and stops them.
      #expect(try await free.call("cron.list")["jobs"]?[0]?["id"] == job)
      #expect(try await free.call("chat.abort", ["runId": run])["aborted"] == true)
      gate.open()
    }
    await models.stop()
  }

  @Test("S6: pairings of others are neither shown nor decided on, those of nobody in particular are")
  func pairings() async throws {
    try await GatewayHarness.run { gateway in
      let bound = try await Self.connect(gateway, ["role": "admin", "user_id": "alice"])
      let free = try await Self.connect(gateway, ["role": "admin"])
      let device = try await WireConnection.open(port: gateway.port)
      let ofBob = try await device.call("connect", ["user_id": "bob"])
      let other = try await WireConnection.open(port: gateway.port)
      let ofNobody = try await other.call("connect")
      let code = ofBob["pairing_code"] ?? .null
      let pending = try await bound.call("device.pair.list")["pending"]?.arrayValue ?? []
      #expect(pending.map { $0["code"] } == [ofNobody["pairing_code"]])
      #expect(try await bound.failure("device.pair.approve", ["code": code, "userId": "alice"])["code"] == "NOT_FOUND")
      let paired = try await free.call("device.pair.approve", ["code": code])["paired"]?["device_id"] ?? .null
      #expect(try await bound.call("device.pair.list")["paired"] == [])
      #expect(try await bound.failure("device.pair.revoke", ["deviceId": paired])["code"] == "NOT_FOUND")
      let own = try await bound.call("device.pair.approve", ["code": ofNobody["pairing_code"] ?? .null])["paired"]
      #expect(own?["user_id"] == "alice")
      #expect(!JSONValue.array(bound.events).serializedString().contains("bob"))
      #expect(try await free.call("device.pair.list")["paired"]?.arrayValue?.count == 2)
    }
  }
}
