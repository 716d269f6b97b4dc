import ClawJSON
import ClawTesting
import Testing

@Suite("Places are shared fairly", .timeLimit(.minutes(10)))
struct FairnessTests {
  /// A model that holds each answer until the test releases it, and records the order of calls.
  private struct Held: Sendable {
    let models: FakeModelServer
    let gates: [String: FakeGate]

    static func start(_ names: [String]) async throws -> Held {
      let gates = Dictionary(uniqueKeysWithValues: names.map { ($0, FakeGate()) })
      let models = try await FakeModelServer.start { request in
        let reply = FakeReply.text("done")
        return gates[request.lastUserText].map { reply.held(by: $0) } ?? reply
      }
      return Held(models: models, gates: gates)
    }

    /// The model's requests, once there are this many.
    func asked(_ count: Int) async -> [String] {
      await models.received(count)
      return models.requests.map(\.lastUserText)
    }

    func finish(_ name: String) { gates[name]?.open() }
  }

  private static func connect(_ tenant: String, _ user: String, _ gateway: GatewayHarness) async throws
    -> WireConnection
  {
    let client = try await WireConnection.open(port: gateway.port)
    _ = try await client.call(
      "connect", ["token": .string(gateway.token), "tenant": .string(tenant), "user_id": .string(user)])
    return client
  }

  /// Sends a message that equals its session's name.
  private static func send(_ name: String, _ client: WireConnection) async throws {
    _ = try await client.call(
      "chat.send", ["message": .string(name), "sessionKey": .string("agent:default:\(name)"), "wait": false])
  }

  private static func addTenants(_ gateway: GatewayHarness) async throws {
    for tenant in ["a", "b"] {
      #expect(try await HTTPCaller(gateway).send(.POST, "/v1/tenants", body: "{\"id\":\"\(tenant)\"}").status == 201)
    }
  }

  @Test("a full lane's next free place goes to the tenant, and then to the user, whose turn it is")
  func turns() async throws {
    let crowd = (0..<6).map { "x\($0)" }
    let held = try await Held.start(crowd + ["y0", "b0", "b1"])
    try await GatewayHarness.run(models: held.models, environment: ["SWIFTCLAW_LANES_MAIN": "2"]) {
      (gateway) async throws in
      try await Self.addTenants(gateway)
      let (x, y) = (try await Self.connect("a", "x", gateway), try await Self.connect("a", "y", gateway))
      let b = try await Self.connect("b", "x", gateway)
      // One user of a tenant fills the lane, and has more behind it.
      for name in crowd { try await Self.send(name, x) }
      #expect(await Set(held.asked(2)) == ["x0", "x1"])
      try await Self.send("y0", y)
      for name in ["b0", "b1"] { try await Self.send(name, b) }
      // The other tenant is next, then the other user of the first, then each again; in the end one has all of it.
      for (number, (ended, begun)) in [
        ("x0", "b0"), ("x1", "y0"), ("b0", "b1"), ("y0", "x2"), ("b1", "x3"), ("x2", "x4"), ("x3", "x5"),
      ].enumerated() {
        held.finish(ended)
        #expect(await held.asked(number + 3).last == begun)
      }
      for name in ["x4", "x5"] { held.finish(name) }
      while try await x.call("status")["lanes"]?["main"]?["running"] != 0 {}
    }
    await held.models.stop()
  }

  @Test("a lane never has more runs than places, however many are accepted while others are claimed")
  func limit() async throws {
    let models = try await FakeModelServer.start { _ in .text("done") }
    try await GatewayHarness.run(models: models, environment: ["SWIFTCLAW_LANES_MAIN": "3"]) { (gateway) async throws in
      let watcher = try await gateway.connect(user: "watcher")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for user in 0..<6 {
          group.addTask {
            let client = try await gateway.connect(user: "user-\(user)")
            for number in 0..<20 {
              let answer = try await client.call(
                "chat.send", ["message": "hello", "sessionKey": .string("agent:default:s\(number % 4)")])
              #expect(answer["status"] == "completed")
            }
          }
        }
        var isOver = false
        while !isOver {
          let main = try await watcher.call("status")["lanes"]?["main"]
          #expect(main?["running"]?.intValue ?? 99 <= 3)
          isOver = models.requests.count >= 120
        }
        try await group.waitForAll()
      }
    }
    await models.stop()
  }

  @Test("a fresh gateway runs 512 at once, and shows its limits")
  func defaults() async throws {
    try await GatewayHarness.run { (gateway) async throws in
      let lanes = try await gateway.connect().call("status")["lanes"]
      #expect(lanes?["main"]?["limit"] == 512 && lanes?["subagent"]?["limit"] == 64 && lanes?["cron"]?["limit"] == 64)
    }
  }
}
