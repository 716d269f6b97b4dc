import ClawCore
import ClawStore
import Testing

@testable import ClawEngine

/// Messages to a parked run.
extension WaitingRunTests {
  private func say(
    _ text: String, _ mode: MessageMode, _ harness: Harness, as principal: Principal = ann
  ) async throws -> AcceptedRun {
    var inbound = harness.inbound(text)
    inbound.mode = mode
    return try await harness.engine.accept(inbound, as: principal)
  }

  /// The last exchange of a model call, in order.
  private func shown(_ call: ModelCall) -> [String] {
    (call.request.exchanges.last?.entries ?? []).map { entry in
      switch entry {
      case .user(let message): message.text
      case .round(let round): round.calls.map { String($0.result.content.prefix(8)) }.joined(separator: "|")
      case .summary(let summary): summary.text
      }
    }
  }

  private func isListedAsRunning(_ harness: Harness) async throws -> Bool? {
    try await harness.engine.list(SessionQuery(), as: ann).sessions.first?.isRunning
  }

  /// Occupies the only slot of the lane, so that nothing starts until the returned call is answered.
  private func occupy(_ harness: Harness) async throws -> ModelCall {
    try await harness.send("busy", in: "busy")
    return await harness.models.calls.next()
  }

  @Test("a message steers a run that waits: its calls are closed, it reads the message and goes on at once")
  func steered() async throws {
    let (clock, ran) = (ManualClock(), Inbox<String>())
    try await withEngine(FakeModels(), tools: [Self.asking(clock, ran: ran)], time: clock.source) { harness in
      let watcher = harness.watch()
      let run = try await park(harness)
      #expect(try await isListedAsRunning(harness) == false)
      let receipt = try await say("rather not", .steer, harness)
      #expect(receipt.run == run && receipt.ifUnread != nil)
      let call = await harness.models.calls.next()
      #expect(shown(call) == ["x", "not run:", "rather not"])
      #expect(results(call)?.map(\.isError) == [true])
      // A late approval is rejected: the message may have made the call wrong.
      let late = await code { try await harness.engine.decide("c1", of: run, as: .approve, by: ann) }
      #expect(late == .failedPrecondition)
      #expect(try await isListedAsRunning(harness) == true)
      await call.answer("as you like")
      #expect(try await harness.engine.outcome(of: receipt, as: ann).content == "as you like")
      #expect(
        await watcher.ends(1).kinds == ["started 1", "call", "waiting", "resumed", "result", "completed"])
      let kept = try #require(try await harness.toolCalls(of: run).first)
      #expect(kept.state == .interrupted && kept.decidedBy == ann.user && kept.endedAt != nil && ran.all.isEmpty)
      #expect(try await harness.history().map(\.role) == [.user, .assistant, .tool, .user, .assistant])
      #expect(try await harness.record(run)?.attempt == 1)
      #expect(try await harness.store.node.read { try $0.queue.parked() }.isEmpty)
    }
  }

  @Test("what was decided before the message stays decided, and the rest of the round is closed")
  func steeredAfterDecision() async throws {
    let (clock, ran) = (ManualClock(), Inbox<String>())
    try await withEngine(
      FakeModels(), tools: [Self.asking(clock, ran: ran)], time: clock.source, configure: { $0.lanes[.main] = 1 }
    ) { harness in
      let run = try await park(harness, [Self.deploy("c1"), Self.deploy("c2")])
      let busy = try await occupy(harness)
      try await harness.engine.decide("c1", of: run, as: .approve, by: ann)
      #expect(try await say("only one", .steer, harness).run == run)
      #expect(try await say("and that is all", .steer, harness).run == run)
      await busy.answer("done")
      let call = await harness.models.calls.next()
      #expect(shown(call) == ["x", "deployed|not run:", "only one", "and that is all"])
      #expect(ran.all == ["c1 by ann"])
      await call.answer("ok")
      #expect(try await harness.engine.outcome(of: run, as: ann).content == "ok")
      #expect(try await harness.toolCalls(of: run).map(\.state) == [.done, .interrupted])
    }
  }

  @Test("a message that comes before the run parks is read instead of waiting")
  func steeredBeforeParking() async throws {
    let (clock, begun, gate) = (ManualClock(), Inbox<String>(), Gate())
    let slow = FakeTool("slow") { _, _ in
      begun.put("slow")
      await gate.wait()
      return ToolResult(content: "at last")
    }
    try await withEngine(FakeModels(), tools: [Self.asking(clock), slow], time: clock.source) { harness in
      let run = try await harness.send("x")
      await harness.models.calls.next().answer(
        "", calls: [Self.deploy("c1"), ToolCall(id: "s", name: "slow", arguments: [:])])
      _ = await begun.next()
      try await yield { try await harness.toolCalls(of: run).first?.state == .waiting }
      #expect(try await say("hurry", .steer, harness).run == run)
      gate.open()
      let call = await harness.models.calls.next()
      #expect(shown(call) == ["x", "not run:|at last", "hurry"])
      await call.answer("ok")
      #expect(try await harness.engine.outcome(of: run, as: ann).content == "ok")
      #expect(try await harness.log().kinds == ["started 1", "call", "call", "result", "result", "completed"])
    }
  }

  @Test("a message interrupts a run that waits: it ends at once, and the message is answered")
  func interruptedWait() async throws {
    let clock = ManualClock()
    try await withEngine(FakeModels(), tools: [Self.asking(clock)], time: clock.source) { harness in
      let watcher = harness.watch()
      let run = try await park(harness)
      let receipt = try await say("stop", .interrupt, harness)
      #expect(receipt.run != run && receipt.ifUnread == nil)
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .aborted)
      let call = await harness.models.calls.next()
      #expect(shown(call) == ["stop"])
      #expect(call.request.exchanges.first?.rounds.first?.calls.map(\.result) == [.aborted])
      await call.answer("stopped")
      #expect(try await harness.engine.outcome(of: receipt, as: ann).content == "stopped")
      #expect(
        await watcher.ends(2).kinds == ["started 1", "call", "waiting", "failed ABORTED", "started 1", "completed"])
      #expect(try await harness.toolCalls(of: run).map(\.state) == [.interrupted])
    }
  }

  @Test("of several runs that wait the last one is spoken to; the others wait on")
  func lastOfSeveral() async throws {
    let clock = ManualClock()
    try await withEngine(FakeModels(), tools: [Self.asking(clock)], time: clock.source) { harness in
      let first = try await park(harness)
      let second = try await park(harness)
      #expect(try await say("b", .steer, harness).run == second)
      await harness.models.calls.next().answer("ok")
      #expect(try await harness.engine.outcome(of: second, as: ann).content == "ok")
      #expect(try await harness.record(first)?.state == .waiting)
      #expect(try await say("a", .steer, harness).run == first)
      await harness.models.calls.next().answer("ok")
      #expect(try await harness.engine.outcome(of: first, as: ann).state == .completed)
    }
  }

  @Test("a run that was spoken to and is aborted before it reads that leaves the message to a run of its own")
  func abortedBeforeReading() async throws {
    let clock = ManualClock()
    try await withEngine(
      FakeModels(), tools: [Self.asking(clock)], time: clock.source, configure: { $0.lanes[.main] = 1 }
    ) { harness in
      let run = try await park(harness)
      let busy = try await occupy(harness)
      let receipt = try await say("b", .steer, harness)
      #expect(try await harness.engine.abort(.run(run), as: ann) == [run])
      await busy.answer("done")
      let call = await harness.models.calls.next()
      #expect(shown(call) == ["b"])
      await call.answer("fine")
      let outcome = try await harness.engine.outcome(of: receipt, as: ann)
      #expect(outcome.run == receipt.ifUnread && outcome.content == "fine")
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .aborted)
    }
  }

  @Test("whoever may do less than the run's sender wakes nothing: the message is answered on its own")
  func lesserRole() async throws {
    let clock = ManualClock()
    try await withEngine(FakeModels(), tools: [Self.asking(clock)], time: clock.source) { harness in
      let operatorOfGateway = Principal(
        tenant: .standard, user: .owner, role: .admin, origin: .http, credential: .gatewayToken)
      var inbound = harness.inbound("x")
      inbound.user = ann.user
      let run = try await harness.engine.accept(inbound, as: operatorOfGateway).run
      await harness.models.calls.next().answer("", calls: [Self.deploy("c1")])
      try await yield { try await harness.record(run)?.state == .waiting }
      let receipt = try await say("b", .steer, harness)
      #expect(receipt.run != run && receipt.ifUnread == nil)
      await harness.models.calls.next().answer("fine")
      #expect(try await harness.engine.outcome(of: receipt, as: ann).content == "fine")
      #expect(try await harness.record(run)?.state == .waiting)
    }
  }
}
