import ClawCore
import ClawJSON
import ClawStore
import Logging
import Testing

@testable import ClawEngine

@Suite("Runs that wait", .timeLimit(.minutes(10)))
struct WaitingRunTests {
  static let week: Duration = .seconds(7 * 86_400)

  /// Requests an approval with a deadline of two weeks, and acts once it has it.
  static func asking(_ clock: ManualClock, ran: Inbox<String> = Inbox()) -> FakeTool {
    FakeTool.whole("deploy", effect: .acts) { call, context in
      guard let approval = context.approval else {
        return .pending(for: .approval, until: clock.now + week + week)
      }
      ran.put("\(call.id) by \(approval.user)")
      return .text("deployed")
    }
  }

  /// Another node on the same store, which runs nothing itself.
  func elsewhere(_ harness: Harness, _ clock: ManualClock) -> Engine {
    Engine(
      store: harness.store, models: FakeModels.echo, tools: FixedTools([]),
      configuration: EngineConfiguration(workspaces: "/tmp"), time: clock.source,
      logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
  }

  static func deploy(_ id: String) -> ToolCall { ToolCall(id: id, name: "deploy", arguments: ["to": "prod"]) }

  /// Sends a message whose answer begins with calls, and returns once the run waits.
  func park(
    _ harness: Harness, _ calls: [ToolCall] = [deploy("c1")], in session: String = "main"
  ) async throws -> RunID {
    let run = try await harness.send("x", in: session)
    await harness.models.calls.next().answer("", calls: calls)
    try await yield { try await harness.record(run)?.state == .waiting }
    return run
  }

  func results(_ call: ModelCall) -> [ToolResult]? {
    call.request.exchanges.last?.rounds.last?.calls.map(\.result)
  }

  func code(_ body: () async throws -> Void) async -> ClawError.Code? {
    do {
      try await body()
      return nil
    } catch {
      return (error as? ClawError)?.code
    }
  }

  @Test("one waits a week for somebody on another node, while its session goes on; then it ends as if nothing had been")
  func approved() async throws {
    let (clock, ran) = (ManualClock(), Inbox<String>())
    try await withEngine(FakeModels(), tools: [Self.asking(clock, ran: ran)], time: clock.source) { harness in
      let watcher = harness.watch()
      let run = try await park(harness)
      await yield { harness.engine.runningRuns == 0 }
      let lane = try #require(try await harness.engine.status(as: ann).lanes[.main])
      #expect(lane == LaneStatus(running: 0, queued: 0, waiting: 1, limit: 512))
      #expect(harness.engine.parts.registry.leases.isEmpty && ran.all.isEmpty)
      // Another message is answered meanwhile.
      let other = try await harness.send("y")
      let call = await harness.models.calls.next()
      #expect(call.request.exchanges.count == 2)
      await call.answer("fine")
      #expect(try await harness.engine.outcome(of: other, as: ann).content == "fine")
      clock.advance(by: Self.week)
      #expect(try await harness.record(run)?.state == .waiting)
      try await elsewhere(harness, clock).decide("c1", of: run, as: .approve, by: ann)
      let next = await harness.models.calls.next()
      #expect(results(next) == [ToolResult(content: "deployed")] && ran.all == ["c1 by ann"])
      await next.answer("done")
      let outcome = try await harness.engine.outcome(of: run, as: ann)
      #expect(outcome.content == "done" && outcome.iterations == 2)
      let record = try #require(try await harness.record(run))
      #expect(record.attempt == 1 && record.usage == outcome.usage)
      let events = try await harness.log()
      #expect(
        events.filter { $0.run == run }.kinds == ["started 1", "call", "waiting", "resumed", "result", "completed"])
      #expect(events.map(\.seq) == Array(1...Int64(events.count)))
      #expect(await watcher.ends(2) == events)
      let kept = try #require(try await harness.toolCalls(of: run).first)
      #expect(kept.state == .done && kept.decidedBy == ann.user && kept.decidedAt == clock.now)
      #expect(kept.wait?.reason == .approval && kept.answer == nil)
    }
  }

  @Test("over a restart: what was decided is done at the next start, and counts no attempt", arguments: [true, false])
  func restarted(isDecidedBefore: Bool) async throws {
    let (clock, directory) = (ManualClock(), try TestDirectory())
    let run = Locked<RunID?>(nil)
    try await withEngine(FakeModels(), tools: [Self.asking(clock)], in: directory, time: clock.source) { harness in
      let id = try await park(harness)
      run.withLock { $0 = id }
      await harness.store.close()
    }
    let id = try #require(run.value)
    let decision = ToolDecision.refuse(because: "not on a Friday")
    if isDecidedBefore {
      try await withEngine(in: directory, time: clock.source, isRunning: false) { harness in
        try await harness.engine.decide("c1", of: id, as: decision, by: admin)
      }
    }
    clock.advance(by: Self.week)
    try await withEngine(FakeModels(), tools: [Self.asking(clock)], in: directory, time: clock.source) { harness in
      if !isDecidedBefore { try await harness.engine.decide("c1", of: id, as: decision, by: admin) }
      let call = await harness.models.calls.next()
      #expect(results(call) == [ToolResult(content: "refused by owner: not on a Friday", isError: true)])
      await call.answer("then not")
      #expect(try await harness.engine.outcome(of: id, as: ann).content == "then not")
      #expect(try await harness.record(id)?.attempt == 1)
      #expect(try await harness.toolCalls(of: id).map(\.state) == [.refused])
    }
  }

  @Test("until its time comes: then the model is told so", arguments: WaitReason.allCases)
  func timeIsUp(reason: WaitReason) async throws {
    let clock = ManualClock()
    let tool = FakeTool.whole("deploy", effect: .acts) { _, _ in .pending(for: reason, until: clock.now + .seconds(60))
    }
    try await withEngine(FakeModels(), tools: [tool], time: clock.source) { harness in
      let run = try await park(harness)
      clock.advance(by: .seconds(59))
      let other = try await harness.send("y", in: "other")
      await harness.models.calls.next().answer("fine")
      _ = try await harness.engine.outcome(of: other, as: ann)
      #expect(try await harness.record(run)?.state == .waiting)
      clock.advance(by: .seconds(1))
      let call = await harness.models.calls.next()
      let result = try #require(results(call)?.first)
      #expect(result.isError == (reason != .time))
      await call.answer("ok")
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .completed)
      // A decision after that is too late.
      let late = await code { try await harness.engine.decide("c1", of: run, as: .approve, by: ann) }
      #expect(late == .failedPrecondition)
    }
  }

  @Test("each decision counts once, and those who may see the run may decide; viewers and agents may not")
  func rights() async throws {
    let (clock, ran) = (ManualClock(), Inbox<String>())
    try await withEngine(FakeModels(), tools: [Self.asking(clock, ran: ran)], time: clock.source) { harness in
      let (engine, run) = (harness.engine, try await park(harness))
      let viewer = Principal(tenant: .standard, user: ann.user, role: .viewer, origin: .http)
      let agent = try #require(try await harness.record(run)).agentPrincipal
      let stranger = Principal(tenant: TenantID(unchecked: "other"), user: ann.user, role: .admin, origin: .http)
      for (principal, expected) in [
        (viewer, ClawError.Code.forbidden), (agent, .forbidden), (bob, .notFound), (stranger, .notFound),
      ] {
        let found = await code { try await engine.decide("c1", of: run, as: .approve, by: principal) }
        #expect(found == expected)
      }
      let answer1 = await code { try await engine.decide("c2", of: run, as: .approve, by: ann) }
      #expect(answer1 == .notFound)
      try await engine.decide("c1", of: run, as: .answer(ToolResult(content: "by hand")), by: ann)
      let answer2 = await code { try await engine.decide("c1", of: run, as: .approve, by: ann) }
      #expect(answer2 == .failedPrecondition)
      let call = await harness.models.calls.next()
      #expect(results(call) == [ToolResult(content: "by hand")] && ran.all.isEmpty)
      await call.answer("ok")
      _ = try await engine.outcome(of: run, as: ann)
    }
  }

  @Test("an abort ends it at once, with its calls closed and one last event")
  func aborted() async throws {
    let clock = ManualClock()
    try await withEngine(FakeModels(), tools: [Self.asking(clock)], time: clock.source) { harness in
      let watcher = harness.watch()
      let run = try await park(harness)
      await yield { harness.engine.runningRuns == 0 }
      #expect(try await harness.engine.abort(.session(Harness.key("main"), user: nil), as: ann) == [run])
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .aborted)
      #expect(try await harness.history().last?.body == .tool(callID: "c1", .aborted))
      #expect(try await harness.toolCalls(of: run).map(\.state) == [.interrupted])
      #expect(await watcher.ends(1).kinds == ["started 1", "call", "waiting", "failed ABORTED"])
      #expect(try await harness.engine.status(as: ann).lanes[.main]?.waiting == 0)
      let answer3 = await code { try await harness.engine.decide("c1", of: run, as: .approve, by: ann) }
      #expect(answer3 == .failedPrecondition)
      let again = try await harness.send("y")
      let call = await harness.models.calls.next()
      await call.answer("fine")
      #expect(try await harness.engine.outcome(of: again, as: ann).content == "fine")
    }
  }

  @Test(
    "deleting its session, or erasing its user, ends it for those who watch and leaves nothing",
    arguments: [true, false])
  func removed(isErased: Bool) async throws {
    let clock = ManualClock()
    try await withEngine(FakeModels(), tools: [Self.asking(clock)], time: clock.source) { harness in
      let watcher = harness.watch()
      let run = try await park(harness)
      await yield { harness.engine.runningRuns == 0 }
      if isErased {
        let operatorOfGateway = Principal(
          tenant: .standard, user: .owner, role: .admin, origin: .http, credential: .gatewayToken)
        try await harness.engine.users.eraseUser(ann.user, as: operatorOfGateway)
      } else {
        try await harness.engine.delete(Harness.key("main"), user: nil, as: ann)
      }
      #expect(await watcher.ends(1).last?.body.kind == "failed ABORTED")
      let answer4 = await code { try await harness.engine.decide("c1", of: run, as: .approve, by: admin) }
      #expect(answer4 == .notFound)
      #expect(try await harness.store.node.read { try $0.queue.parked() }.isEmpty)
    }
  }

  @Test("several calls: what is decided is done, and the run waits on for the rest")
  func several() async throws {
    let (clock, ran) = (ManualClock(), Inbox<String>())
    try await withEngine(
      FakeModels(), tools: [Self.asking(clock, ran: ran), FakeTool.echo], time: clock.source
    ) { harness in
      let run = try await park(harness, [Self.deploy("c1"), .echo("now", id: "e"), Self.deploy("c2")])
      try await harness.engine.decide("c2", of: run, as: .approve, by: ann)
      try await yield { try await harness.log().count { $0.body.kind == "waiting" } == 2 }
      #expect(ran.all == ["c2 by ann"])
      try await harness.engine.decide("c1", of: run, as: .refuse(because: "no"), by: ann)
      let call = await harness.models.calls.next()
      #expect(results(call)?.map(\.content) == ["refused by ann: no", "now", "deployed"])
      await call.answer("ok")
      _ = try await harness.engine.outcome(of: run, as: ann)
      let stored = try await harness.history().compactMap { row -> String? in
        if case .tool(let id, _) = row.body { id } else { nil }
      }
      #expect(stored == ["e", "c2", "c1"])
    }
  }

  @Test("what is decided while other tools of the round still run is found before the run parks")
  func decidedEarly() async throws {
    let (clock, ran, begun, gate) = (ManualClock(), Inbox<String>(), Inbox<String>(), Gate())
    let slow = FakeTool("slow") { _, _ in
      begun.put("slow")
      await gate.wait()
      return ToolResult(content: "at last")
    }
    try await withEngine(
      FakeModels(), tools: [Self.asking(clock, ran: ran), slow], time: clock.source
    ) { harness in
      let run = try await harness.send("x")
      await harness.models.calls.next().answer(
        "", calls: [Self.deploy("c1"), ToolCall(id: "s", name: "slow", arguments: [:])])
      _ = await begun.next()
      try await yield { try await harness.toolCalls(of: run).first?.state == .waiting }
      try await harness.engine.decide("c1", of: run, as: .approve, by: ann)
      gate.open()
      let call = await harness.models.calls.next()
      #expect(results(call)?.map(\.content) == ["deployed", "at last"])
      await call.answer("ok")
      _ = try await harness.engine.outcome(of: run, as: ann)
      #expect(try await harness.log().kinds == ["started 1", "call", "call", "result", "result", "completed"])
    }
  }

  @Test("whoever has lost the right meanwhile gets nothing done by it")
  func forbidden() async throws {
    let (clock, ran) = (ManualClock(), Inbox<String>())
    try await withEngine(FakeModels(), tools: [Self.asking(clock, ran: ran)], time: clock.source) { harness in
      let run = try await park(harness)
      let operatorOfGateway = Principal(
        tenant: .standard, user: .owner, role: .admin, origin: .http, credential: .gatewayToken)
      _ = try await harness.engine.users.createUser(ann.user, UserChange(isDisabled: true), as: operatorOfGateway)
      try await harness.engine.decide("c1", of: run, as: .approve, by: admin)
      let outcome = try await harness.engine.outcome(of: run, as: admin)
      #expect(outcome.failure?.code == "FORBIDDEN" && ran.all.isEmpty)
      #expect(try await harness.toolCalls(of: run).map(\.state) == [.interrupted])
    }
  }

  @Test("a subscription names it as active where nothing runs")
  func subscribed() async throws {
    let clock = ManualClock()
    try await withEngine(FakeModels(), tools: [Self.asking(clock)], time: clock.source) { harness in
      let run = try await park(harness)
      await yield { harness.engine.runningRuns == 0 }
      let watcher = Watcher()
      let feed = harness.engine.feed
      let id = feed.attach(watcher, as: ann)
      let subscription = try await feed.subscribe(id, to: Harness.key("main"), user: nil, after: 0, as: ann)
      #expect(subscription.info.activeRun == run)
      feed.detach(id)
    }
  }
}
