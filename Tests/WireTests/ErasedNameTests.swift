import ClawJSON
import ClawTesting
import Testing

@Suite("Names of the erased", .timeLimit(.minutes(10)))
struct ErasedNameTests {
  /// Sends a message and returns the numbers of its events, which are delivered without a subscription.
  private static func seqs(of client: WireConnection, _ models: FakeModelServer) async throws -> [Int] {
    models.enqueue(.text("an answer"))
    client.forgetEvents()
    _ = try await client.call("chat.send", ["message": "hello"])
    return client.events.seqs
  }

  private static func connect(
    _ tenant: String?, _ user: String, _ gateway: GatewayHarness
  ) async throws -> WireConnection {
    let client = try await WireConnection.open(port: gateway.port)
    var claim: JSONObject = ["token": .string(gateway.token), "user_id": .string(user)]
    if let tenant { claim["tenant"] = .string(tenant) }
    _ = try await client.call("connect", .object(claim))
    return client
  }

  @Test(
    "whoever comes by the name of an erased tenant or user is shown their events from the first on",
    arguments: ["acme", nil])
  func anew(tenant: String?) async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { (gateway) async throws in
      let owner = HTTPCaller(gateway)
      var seen: [[Int]] = []
      for _ in 0..<2 {
        if let tenant {
          #expect(try await owner.send(.POST, "/v1/tenants", body: "{\"id\":\"\(tenant)\"}").status == 201)
        }
        let client = try await Self.connect(tenant, "ann", gateway)
        seen.append(try await Self.seqs(of: client, models))
        let path = tenant.map { "/v1/tenants/\($0)" } ?? "/v1/users/ann"
        #expect(try await owner.send(.DELETE, path).status == 204)
      }
      // The number of events of an answer depends on its speed.
      for seqs in seen { #expect(seqs.count > 1 && seqs == Array(1...seqs.count)) }
    }
    await models.stop()
  }

  @Test("a subscription to a session of an erased user goes on with the events of who comes by the same name")
  func subscription() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { (gateway) async throws in
      let session: JSONValue = "agent:default:ws:main"
      let watcher = try await Self.connect(nil, "owner", gateway)
      let before = try await Self.seqs(of: Self.connect(nil, "ann", gateway), models)
      _ = try await watcher.call("sessions.subscribe", ["sessionKey": session, "userId": "ann", "afterSeq": 0])
      #expect(try await watcher.events(through: "run.completed").seqs == before)
      #expect(try await HTTPCaller(gateway).send(.DELETE, "/v1/users/ann").status == 204)
      watcher.forgetEvents()
      let after = try await Self.seqs(of: Self.connect(nil, "ann", gateway), models)
      #expect(try await watcher.events(through: "run.completed").seqs == after)
    }
    await models.stop()
  }
}
