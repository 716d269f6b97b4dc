import ClawCore
import ClawStore
import Testing

@testable import ClawEngine

@Suite("A restart", .timeLimit(.minutes(10)))
struct RestartTests {
  @Test("L9, L14: a run that was under way is left for the next start, which finishes it as attempt 2")
  func drained() async throws {
    let directory = try TestDirectory()
    let run = Locked<RunID?>(nil)
    try await withEngine(FakeModels(), in: directory) { harness in
      let id = try await harness.send("a")
      run.withLock { $0 = id }
      let call = await harness.models.calls.next()
      await call.answer("one moment", calls: [.echo("x", id: "c1")])
      let second = await harness.models.calls.next()
      await second.say("half an ans")
      await harness.engine.drain()
      await #expect(throws: ClawError.self) { try await harness.send("too late") }
      #expect(try await harness.record(id)?.state == .running)
      #expect(await harness.engine.readiness().state == .draining)
    }
    try await withEngine(FakeModels(), in: directory) { harness in
      let id = try #require(run.value)
      let call = await harness.models.calls.next()
      // Stored steps are kept, partly streamed text is void.
      #expect(call.request.exchanges.last?.rounds.map(\.text) == ["one moment"])
      #expect(call.request.exchanges.last?.rounds.first?.calls.map(\.result.content) == ["x"])
      await call.say("whole")
      await call.answer("whole")
      let outcome = try await harness.engine.outcome(of: id, as: ann)
      #expect(outcome.content == "whole" && outcome.iterations == 2)
      #expect(outcome.usage == TokenUsage(inputTokens: 20, outputTokens: 10))
      let events = try await harness.log()
      #expect(events.map(\.seq) == Array(1...Int64(events.count)))
      #expect(events.filter { $0.body.kind.hasPrefix("started") }.kinds == ["started 1", "started 2"])
      #expect(events.count { $0.body.isTerminal } == 1)
      let last = events.suffix(from: (events.lastIndex { $0.body.kind == "started 2" } ?? 0))
      #expect(last.text == "whole")
    }
  }

  @Test("L14: a call that was cut off is run again only if that does no harm", arguments: ToolEffect.allCases)
  func interrupted(_ effect: ToolEffect) async throws {
    let directory = try TestDirectory()
    let begun = Inbox<String>()
    let tools = [FakeTool.stuck("act", effect: effect, begun: begun)]
    try await withEngine(FakeModels(), tools: tools, in: directory) { harness in
      try await harness.send("a")
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "c1", name: "act", arguments: [:])])
      _ = await begun.next()
      await harness.engine.drain()
    }
    let again = FakeTool("act", effect: effect) { _, _ in
      begun.put("again")
      return ToolResult(content: "acted")
    }
    try await withEngine(FakeModels(), tools: [again], in: directory) { harness in
      let call = await harness.models.calls.next()
      let results = call.request.exchanges.last?.rounds.last?.calls.map(\.result)
      #expect(results == [effect.mayRepeat ? ToolResult(content: "acted") : .interrupted])
      #expect(begun.all == (effect.mayRepeat ? ["act", "again"] : ["act"]))
      await call.answer("done")
      try await yield { try await harness.log().last?.body.isTerminal == true }
      #expect(try await harness.history().map(\.role) == [.user, .assistant, .tool, .assistant])
    }
  }

  @Test("L16: a run that is stopped between two starts has its open calls closed")
  func abortedBetween() async throws {
    let directory = try TestDirectory()
    let begun = Inbox<String>()
    let run = Locked<RunID?>(nil)
    try await withEngine(FakeModels(), tools: [FakeTool.stuck(begun: begun)], in: directory) { harness in
      let id = try await harness.send("a")
      run.withLock { $0 = id }
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "c1", name: "stuck", arguments: [:])])
      _ = await begun.next()
      await harness.engine.drain()
      #expect(try await harness.engine.abort(.run(id), as: ann) == [id])
    }
    try await withEngine(FakeModels(), in: directory) { harness in
      let id = try #require(run.value)
      let outcome = try await harness.engine.outcome(of: id, as: ann)
      #expect(outcome.state == .aborted)
      #expect(harness.models.calls.all.isEmpty)
      #expect(try await harness.history().map(\.body).last == .tool(callID: "c1", .aborted))
      #expect(try await harness.log().count { $0.body.isTerminal } == 1)
    }
  }

  @Test("messages that were accepted and never begun are answered by the next start")
  func accepted() async throws {
    let directory = try TestDirectory()
    try await withEngine(in: directory, isRunning: false) { harness in
      for index in 0..<5 { try await harness.send("m\(index)", in: "s\(index % 2)") }
    }
    try await withEngine(in: directory) { harness in
      try await yield {
        let (one, two) = (try await harness.log("s0"), try await harness.log("s1"))
        return (one + two).count { $0.body.isTerminal } == 5
      }
      let answers = try await harness.history("s0").compactMap { row -> String? in
        if case .assistant(let message) = row.body { message.text } else { nil }
      }
      #expect(answers == ["re: m0", "re: m2", "re: m4"])
    }
  }

  @Test("L12: who lost its lease writes nothing more, and does not end the run")
  func leaseLost() async throws {
    try await withEngine(FakeModels()) { harness in
      let watcher = harness.watch()
      let run = try await harness.send("a")
      let call = await harness.models.calls.next()
      let before = try await harness.log().count
      // Another claimant takes the run over, as another node would after the lease expired.
      let later = TimeSource.system.now + .seconds(3600)
      let leases = try await harness.store.node.write {
        try $0.queue.claim(
          .main, limit: 1, owner: NodeID(unchecked: "thief"), now: later, until: later + .seconds(3600)
        ).leases
      }
      #expect(leases.map(\.run) == [run])
      await call.say("I still speak")
      await call.answer("I still speak")
      try await yield { try await harness.engine.status(as: ann).lanes[.main]?.running == 0 }
      #expect(try await harness.log().count == before)
      #expect(watcher.events.all.count == before)
      #expect(try await harness.record(run)?.state == .running)
      #expect(try await harness.history().map(\.role) == [.user])
    }
  }

  @Test("L12: a clock that leaps does not make a gateway take its own run a second time")
  func clockLeap() async throws {
    let clock = ManualClock()
    try await withEngine(FakeModels(), time: clock.source, configure: { $0.pollInterval = .milliseconds(1) }) {
      harness in
      let run = try await harness.send("a", in: "one")
      let call = await harness.models.calls.next()
      clock.advance(by: .seconds(3600))
      // A whole turn of another session: the dispatcher has polled several times after the clock jump.
      for index in 0..<5 {
        async let outcome = harness.ask("b\(index)", in: "two")
        await harness.models.calls.next().answer("other")
        #expect(try await outcome.content == "other")
      }
      #expect(try await harness.record(run)?.attempt == 1)
      await call.say("done")
      await call.answer("done")
      #expect(try await harness.engine.outcome(of: run, as: ann).content == "done")
      #expect(try await harness.log("one").kinds == ["started 1", "text", "completed"])
    }
  }

  @Test("after a power cut the counters jump ahead, after a clean stop or a killed process they do not")
  func jump() async throws {
    let directory = try TestDirectory()
    func heads(_ boot: String?, clean: Bool) async throws -> [Int64] {
      var seqs: [Int64] = []
      try await withEngine(in: directory, configure: { $0.bootID = boot }) { harness in
        let outcome = try await harness.ask("x")
        seqs = try await harness.log().filter { $0.run == outcome.run }.map(\.seq)
        if clean { await harness.engine.noteCleanStop() }
      }
      return seqs
    }
    let first = try await heads("boot 1", clean: false)
    #expect(first.first == 1)
    let killed = try await heads("boot 1", clean: false)
    #expect(killed.first == (first.last ?? 0) + 1)
    let powerCut = try await heads("boot 2", clean: true)
    #expect((powerCut.first ?? 0) > (killed.last ?? 0) + 100_000)
    let clean = try await heads("boot 3", clean: false)
    #expect(clean.first == (powerCut.last ?? 0) + 1)
    let unknown = try await heads(nil, clean: false)
    #expect((unknown.first ?? 0) > (clean.last ?? 0) + 100_000)
  }

  @Test("the first start makes one agent, the next one none")
  func firstStart() async throws {
    let directory = try TestDirectory()
    try await withEngine(in: directory, isRunning: false) { _ in }
    try await withEngine(in: directory) { harness in
      let agents = try await harness.engine.agents.list(as: ann)
      #expect(agents.map(\.agent.key) == [.standard])
      let answer = try await harness.ask("x")
      #expect(answer.state == .completed)
    }
  }
}
