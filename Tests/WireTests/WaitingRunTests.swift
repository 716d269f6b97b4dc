import ClawCore
import ClawJSON
import ClawTesting
import Testing

/// Runs that wait for a decision, as a client sees them.
@Suite("Runs that wait", .timeLimit(.minutes(10)))
struct WaitingRunTests {
  private static let session: JSONValue = "agent:default:ws:main"
  private static let week: Duration = .seconds(7 * 86_400)

  /// Sends a message whose answer begins with a call of a waiting tool; returns the run once it is parked, with its
  /// events so far.
  private func park(
    _ client: WireConnection, _ models: FakeModelServer
  ) async throws -> (run: JSONValue, events: [JSONValue]) {
    models.enqueue(.call("deploy", ["to": "prod"]))
    let run = try await client.call("chat.send", ["message": "deploy it", "wait": false])["runId"] ?? .null
    return (run, try await client.events(through: "run.waiting"))
  }

  private func roles(_ client: WireConnection) async throws -> [String] {
    let history = try await client.call("chat.history", ["sessionKey": Self.session])
    return (history["messages"]?.arrayValue ?? []).compactMap { $0["role"]?.stringValue }
  }

  private func waiting(_ client: WireConnection) async throws -> JSONValue? {
    try await client.call("status")["lanes"]?["main"]?["waiting"]
  }

  private func code(_ body: () async throws -> Void) async -> ClawError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? ClawError)?.code
    }
  }

  @Test("one is decided a week later, after a restart, and ends as if nothing had been")
  func overARestart() async throws {
    let (clock, directory, models) = (MovableClock(), try TemporaryDirectory(), try await FakeModelServer.start())
    let tools = [TestTool.deploy(clock.source)]
    let (run, before) = try await GatewayHarness.run(
      in: directory, models: models, tools: tools, time: clock.source
    ) { gateway in
      let client = try await gateway.connect()
      let parked = try await park(client, models)
      let until = clock.now + Self.week + Self.week
      #expect(parked.events.last?["payload"]?["for"] == "approval")
      #expect(parked.events.last?["payload"]?["until"] == .integer(until.milliseconds))
      #expect(try await waiting(client) == 1)
      let listed = try await client.call("sessions.list")["sessions"]?[0]
      #expect(listed?["isRunning"] == false)
      #expect(try await client.call("agent")["isRunning"] == false)
      return parked
    }
    clock.advance(by: Self.week)
    try await GatewayHarness.run(in: directory, models: models, tools: tools, time: clock.source) { gateway in
      let client = try await gateway.connect()
      let subscription = try await client.call("sessions.subscribe", ["sessionKey": Self.session, "afterSeq": 0])
      #expect(subscription["activeRunId"] == run)
      #expect(try await client.events(through: "run.waiting") == before)
      models.enqueue(.text("it is done"))
      try await gateway.decide(of: run)
      let events = try await client.events(through: "run.completed")
      #expect(
        events.names.filter { $0 != "chunk" } == ["run.resumed", "tool.result", "run.completed"])
      #expect((before + events).seqs == Array(1...(before + events).count))
      #expect(events.last?["payload"]?["content"] == "it is done")
      #expect(events.last?["payload"]?["iterations"] == 2)
      #expect(try await roles(client) == ["user", "assistant", "tool", "assistant"])
      #expect(try await waiting(client) == 0)
      let late1 = await code { try await gateway.decide(of: run) }
      #expect(late1 == .failedPrecondition)
    }
    #expect(models.requests.last?.lastToolResults == ["deployed, allowed by owner"])
    #expect(models.requests.count == 2 && models.violations.isEmpty)
    await models.stop()
  }

  /// What removes a parked run.
  enum Removal: String, CaseIterable, Sendable {
    case abortedByRun, abortedBySession, deleted, userErased, tenantErased
  }

  @Test("taking one away ends it for whoever watches, and leaves nothing that waits", arguments: Removal.allCases)
  func removed(by removal: Removal) async throws {
    let (clock, models) = (MovableClock(), try await FakeModelServer.start())
    try await GatewayHarness.run(
      models: models, tools: [TestTool.deploy(clock.source)], time: clock.source
    ) { gateway in
      let caller = HTTPCaller(gateway)
      let isOther = removal == .tenantErased
      if isOther { #expect(try await caller.send(.POST, "/v1/tenants", body: #"{"id":"acme"}"#).status == 201) }
      let client = try await WireConnection.open(port: gateway.port)
      var claim: JSONObject = ["token": .string(gateway.token), "user_id": "ann"]
      if isOther { claim["tenant"] = "acme" }
      _ = try await client.call("connect", .object(claim))
      let run = try await park(client, models).run
      switch removal {
      case .abortedByRun:
        let answer = try await client.call("chat.abort", ["runId": run])
        #expect(answer["aborted"] == true && answer["runIds"] == [run])
      case .abortedBySession: _ = try await client.call("chat.abort", ["sessionKey": Self.session])
      case .deleted: _ = try await client.call("sessions.delete", ["key": Self.session])
      case .userErased: #expect(try await caller.send(.DELETE, "/v1/users/ann").status == 204)
      case .tenantErased: #expect(try await caller.send(.DELETE, "/v1/tenants/acme").status == 204)
      }
      if removal == .abortedByRun || removal == .abortedBySession {
        #expect(try await client.events(through: "run.failed").last?["payload"]?["error"]?["code"] == "ABORTED")
        #expect(try await roles(client) == ["user", "assistant", "tool"])
        let late2 = await code { try await gateway.decide(of: run) }
        #expect(late2 == .failedPrecondition)
      } else {
        let late3 = await code { try await gateway.decide(of: run) }
        #expect(late3 == .notFound)
      }
      let owner = try await gateway.connect()
      #expect(try await waiting(owner) == 0)
      if removal == .deleted { #expect(try await roles(client).isEmpty) }
    }
    #expect(models.requests.count == 1 && models.violations.isEmpty)
    await models.stop()
  }

  @Test(
    "a message queues behind one without waiting for it, steers it, or interrupts it", arguments: MessageMode.allCases)
  func spokenTo(mode: MessageMode) async throws {
    let (clock, models) = (MovableClock(), try await FakeModelServer.start())
    try await GatewayHarness.run(
      models: models, tools: [TestTool.deploy(clock.source)], time: clock.source
    ) { gateway in
      let client = try await gateway.connect()
      let (run, parked) = try await park(client, models)
      var seqs = parked.seqs
      models.enqueue(.text("understood"))
      let answer = try await client.call("chat.send", ["message": "rather not", "mode": .string(mode.rawValue)])
      #expect(answer["content"] == "understood" && (answer["runId"] == run) == (mode == .steer))
      let last = try await client.call("chat.history", ["sessionKey": Self.session])["messages"]?.arrayValue ?? []
      let decided = await code { try await gateway.decide(of: run) }
      switch mode {
      case .queue:
        #expect(last.compactMap { $0["role"]?.stringValue } == ["user", "assistant", "user", "assistant"])
        #expect(decided == nil)
        models.enqueue(.text("done"))
        let resumed = try await client.events(through: "run.resumed")
        #expect(resumed.last?["payload"]?["runId"] == run)
        let completed = try await client.events(through: "run.completed")
        #expect(completed.last?["payload"]?["runId"] == run)
        seqs += resumed.seqs + completed.seqs
      case .steer:
        #expect(last.compactMap { $0["role"]?.stringValue } == ["user", "assistant", "tool", "user", "assistant"])
        #expect(last[2]["content"]?.stringValue?.hasPrefix("not run: the user sent a message") == true)
        #expect(decided == .failedPrecondition)
      case .interrupt:
        #expect(last.compactMap { $0["role"]?.stringValue } == ["user", "assistant", "tool", "user", "assistant"])
        #expect(decided == .failedPrecondition)
        let failed = client.events.first { $0["event"] == "run.failed" }
        #expect(failed?["payload"]?["runId"] == run && failed?["payload"]?["error"]?["code"] == "ABORTED")
      }
      seqs += client.events.seqs
      #expect(seqs == Array(1...seqs.count))
      #expect(try await waiting(client) == 0)
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }
}
