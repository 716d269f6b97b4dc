import ClawJSON
import ClawTesting
import Testing

/// Names with different bytes that are canonically equivalent, and so equal as `String`.
@Suite("Canonically equivalent names", .timeLimit(.minutes(10)))
struct EquivalentNameTests {
  static let pairs: [(String, String)] = [
    ("Kim", "\u{212A}im"), ("Jos\u{E9}", "Jose\u{301}"), ("\u{AC00}", "\u{1100}\u{1161}"), ("a;b", "a\u{37E}b"),
  ]

  /// A connection with an API key.
  private static func connect(
    _ gateway: GatewayHarness, _ user: String, role: String = "operator"
  ) async throws -> WireConnection {
    let key = try await APIKeyTests.make(
      HTTPCaller(gateway), ["role": .string(role), "user_id": .string(user)])
    return try await WireConnection.connect(port: gateway.port, token: try APIKeyTests.secret(key))
  }

  @Test(
    "S10: a user is shown no event of one whose name is equivalent, and can neither stop nor change what is theirs",
    arguments: pairs)
  func users(_ one: String, _ other: String) async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let first = try await Self.connect(gateway, one)
      let second = try await Self.connect(gateway, other)
      let watcher = try await Self.connect(gateway, other, role: "viewer")
      let gate = FakeGate()
      models.enqueue(.text("of the first alone").stalling(after: 1, gate))
      let run = try await first.call("chat.send", ["message": "hello", "wait": false])
      _ = try await first.events(through: "chunk")
      let job = try await first.call(
        "cron.create", ["name": "tea", "message": "tea", "schedule": ["kind": "every", "everyMs": 3_600_000]])
      let id = job["job"]?["id"] ?? .null
      for (method, params) in [
        ("chat.abort", ["runId": run["runId"] ?? .null]), ("cron.toggle", ["jobId": id, "enabled": false]),
        ("cron.delete", ["jobId": id]), ("chat.abort", ["sessionKey": run["sessionKey"] ?? .null]),
      ] as [(String, JSONValue)] {
        #expect(try await second.failure(method, params)["code"] == "NOT_FOUND", "\(method)")
      }
      gate.open()
      let end = try await first.events(through: "run.completed").last
      #expect(end?["payload"]?["content"] == "of the first alone")
      #expect(try await first.call("cron.list")["jobs"]?[0]?["enabled"] == true)
      for connection in [second, watcher] {
        _ = try await connection.call("health")
        #expect(connection.events.isEmpty)
        #expect(try await connection.call("sessions.list")["sessions"] == [])
        #expect(try await connection.call("cron.list")["jobs"] == [])
      }
    }
    await models.stop()
  }

  @Test(
    "two session keys of one user that are equivalent are two conversations with numbers of their own", arguments: pairs
  )
  func sessions(_ one: String, _ other: String) async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect(user: "ann")
      let keys = [one, other].map { JSONValue.string("agent:default:\($0)") }
      for _ in 0..<2 { _ = try await client.call("chat.send", ["message": "hello", "sessionKey": keys[0]]) }
      client.forgetEvents()
      let head = try await client.call("sessions.subscribe", ["sessionKey": keys[0]])["headSeq"]?.intValue ?? 0
      #expect(head > 3)
      _ = try await client.call("chat.send", ["message": "hello", "sessionKey": keys[1]])
      _ = try await client.call("health")
      #expect(Set(client.events.map { $0["payload"]?["sessionKey"] }) == [keys[1]])
      #expect(client.events.seqs == Array(1...client.events.count) && client.events.count >= 3)
      let listed = try await client.call("sessions.list")["sessions"]?.arrayValue ?? []
      #expect(Set(listed.map { $0["key"] }) == Set(keys))
    }
  }

  @Test("an idempotency key stands for the request of its own bytes", arguments: pairs)
  func idempotencyKeys(_ one: String, _ other: String) async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect(user: "ann")
      func send(_ key: String) async throws -> JSONValue? {
        try await client.call("chat.send", ["message": "hello", "idempotencyKey": .string(key)])["runId"]
      }
      let (first, second) = (try await send(one), try await send(other))
      #expect(first != second)
      #expect(try await send(one) == first)
      #expect(try await send(other) == second)
    }
  }

  @Test("arguments of a call keep two names that are equivalent", arguments: pairs)
  func arguments(_ one: String, _ other: String) async throws {
    let models = try await FakeModelServer.start()
    let members = JSONValue.object([one: "first", other: "second"])
    models.enqueue(.call("no_such_tool", members), .text("done"))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect(user: "ann")
      _ = try await client.call("chat.send", ["message": "hello"])
      let call = client.events.first { $0["event"] == "tool.call" }
      #expect(call?["payload"]?["arguments"] == members)
      let history = try await client.call("chat.history", ["sessionKey": "agent:default:ws:main"])
      let kept = history["messages"]?.arrayValue?.compactMap { $0["tool_calls"]?[0]?["arguments"] }
      #expect(kept == [members])
    }
    await models.stop()
  }

  @Test("who was paired under a name sees nothing of one that is equivalent", arguments: pairs)
  func pairing(_ one: String, _ other: String) async throws {
    try await GatewayHarness.run { gateway in
      let person = try await gateway.connect(user: one)
      let admin = try await gateway.connect()
      let stranger = try await WireConnection.open(port: gateway.port)
      let asked = try await stranger.call("connect", ["user_id": .string(other)])
      _ = try await admin.call("device.pair.approve", ["code": asked["pairing_code"] ?? .null])
      let success = try await stranger.call("connect", ["sender_id": asked["sender_id"] ?? .null])
      #expect(success["user_id"] == .string(other))
      let again = try await WireConnection.open(port: gateway.port)
      let refused = try await again.failure(
        "connect", ["sender_id": asked["sender_id"] ?? .null, "user_id": .string(one)])
      #expect(refused["code"] == "FORBIDDEN")
      stranger.forgetEvents()
      _ = try await person.call("chat.send", ["message": "hello"])
      _ = try await stranger.call("health")
      #expect(stranger.events.filter { $0["event"] != "device.pair.resolved" }.isEmpty)
    }
  }

  @Test("a key that is bound to a user is refused for one whose name is equivalent", arguments: pairs)
  func boundKeys(_ one: String, _ other: String) async throws {
    try await GatewayHarness.run { gateway in
      let key = try await APIKeyTests.make(HTTPCaller(gateway), ["role": "admin", "user_id": .string(one)])
      let socket = try await WireConnection.open(port: gateway.port)
      let refused = try await socket.failure(
        "connect", ["token": .string(try APIKeyTests.secret(key)), "user_id": .string(other)])
      #expect(refused["code"] == "FORBIDDEN")
    }
  }
}
