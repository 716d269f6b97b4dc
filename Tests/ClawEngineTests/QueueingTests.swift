import ClawCore
import Testing

@testable import ClawEngine

@Suite("Waiting and stopping", .timeLimit(.minutes(10)))
struct QueueingTests {
  @Test("L11: the messages of one session are answered one after the other, each seeing the answers before it")
  func oneByOne() async throws {
    try await withEngine(FakeModels()) { harness in
      let watcher = harness.watch()
      let runs = [try await harness.send("a"), try await harness.send("b"), try await harness.send("c")]
      for (index, text) in ["a", "b", "c"].enumerated() {
        let call = await harness.models.calls.next()
        // No further model call while this one is waiting.
        #expect(harness.models.calls.all.count == index + 1)
        let turns = call.request.exchanges
        #expect(turns.map { $0.input.map(\.text) } == Array([["a"], ["b"], ["c"]].prefix(index + 1)))
        #expect(turns.dropLast().allSatisfy { $0.rounds.count == 1 })
        #expect(turns.last?.rounds.isEmpty == true)
        await call.say("re \(text)")
        await call.answer("re \(text)")
      }
      let events = await watcher.ends(3)
      #expect(events.map(\.seq) == Array(1...Int64(events.count)))
      // The events of one run end before those of the next begin.
      #expect(events.kinds == Array(repeating: ["started 1", "text", "completed"], count: 3).flatMap { $0 })
      #expect(events.filter { $0.body.isTerminal }.map(\.run) == runs)
    }
  }

  @Test("L11: sessions are answered side by side")
  func sideBySide() async throws {
    try await withEngine(FakeModels()) { harness in
      let runs = [
        try await harness.send("a", in: "one"), try await harness.send("b", in: "two"),
        try await harness.send("c", in: "one", as: bob),
      ]
      let calls = await harness.models.calls.wait { $0.count == 3 }
      for call in calls.reversed() { await call.answer("ok") }
      for (run, principal) in zip(runs, [ann, ann, bob]) {
        let outcome = try await harness.engine.outcome(of: run, as: principal)
        #expect(outcome.content == "ok")
      }
    }
  }

  @Test("L13: a lane never has more under way than it may, and the others go on when it is full")
  func lanes() async throws {
    try await withEngine(FakeModels(), configure: { $0.lanes = [.main: 2, .cron: 1, .subagent: 1] }) { harness in
      for index in 0..<3 { try await harness.send("cron", in: "c\(index)") { $0.lane = .cron } }
      await harness.models.calls.wait { $0.count == 1 }
      for index in 0..<5 { try await harness.send("main", in: "m\(index)") }
      var seen = await harness.models.calls.wait { $0.count == 3 }
      var status = try await harness.engine.status(as: ann)
      #expect(status.lanes[.main] == LaneStatus(running: 2, queued: 3, limit: 2))
      #expect(status.lanes[.cron] == LaneStatus(running: 1, queued: 2, limit: 1))
      for index in 0..<8 {
        // Each that ends frees exactly one slot of its lane.
        await seen[index].answer("ok")
        let expected = min(8, index + 4)
        seen = await harness.models.calls.wait { $0.count >= expected }
        status = try await harness.engine.status(as: ann)
        #expect(status.lanes.values.allSatisfy { $0.running <= $0.limit })
      }
    }
  }

  @Test("a run that waits is stopped without having begun: one event, and the next one takes its turn")
  func abortQueued() async throws {
    try await withEngine(FakeModels()) { harness in
      let watcher = harness.watch()
      let first = try await harness.send("a")
      let call = await harness.models.calls.next()
      let second = try await harness.send("b")
      let third = try await harness.send("c")
      #expect(try await harness.engine.abort(.run(second), as: ann) == [second])
      #expect(try await harness.engine.outcome(of: second, as: ann).state == .aborted)
      #expect(try await harness.engine.abort(.run(second), as: ann) == [])
      await call.answer("one")
      await harness.models.calls.next().answer("three")
      #expect(try await harness.engine.outcome(of: third, as: ann).content == "three")
      #expect(try await harness.engine.outcome(of: first, as: ann).content == "one")
      #expect(watcher.events.all.filter { $0.run == second }.kinds == ["failed ABORTED"])
      #expect(watcher.seqs == Array(1...Int64(watcher.seqs.count)))
    }
  }

  @Test("L10, L16: a run that is stopped while it speaks keeps what it said, and says that it was stopped")
  func abortSpeaking() async throws {
    try await withEngine(FakeModels()) { harness in
      let watcher = harness.watch()
      let run = try await harness.send("a")
      let call = await harness.models.calls.next()
      await call.say("Once upon")
      await call.say(" a time")
      #expect(try await harness.engine.abort(.session(Harness.key("main"), user: nil), as: ann) == [run])
      let outcome = try await harness.engine.outcome(of: run, as: ann)
      #expect(outcome.state == .aborted && outcome.content == "Once upon a time")
      #expect(outcome.failure?.code == "ABORTED")
      let events = watcher.events.all
      #expect(events.kinds == ["started 1", "text", "failed ABORTED"] && events.text == "Once upon a time")
      let history = try await harness.history()
      #expect(history.last?.body == .assistant(AssistantMessage(text: "Once upon a time")))
      // It is part of the model's next request.
      try await harness.send("go on")
      let next = await harness.models.calls.next()
      #expect(next.request.exchanges.first?.rounds.map(\.text) == ["Once upon a time"])
      await next.answer("ok")
    }
  }

  @Test("L10, L16: a run that is stopped in its tools closes their calls")
  func abortInTools() async throws {
    let begun = Inbox<String>()
    try await withEngine(FakeModels(), tools: [FakeTool.echo, FakeTool.stuck(begun: begun)]) { harness in
      let run = try await harness.send("a")
      let calls = [
        ToolCall.echo("x", id: "c1"), ToolCall(id: "c2", name: "stuck", arguments: [:]),
        ToolCall(id: "c3", name: "stuck", arguments: [:]),
      ]
      let watcher = harness.watch()
      await harness.models.calls.next().answer("", calls: calls)
      await begun.wait { $0.count == 2 }
      await watcher.events.wait { $0.contains { $0.body.kind == "result" } }
      #expect(try await harness.engine.abort(.run(run), as: ann) == [run])
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .aborted)
      let results = try await harness.history().compactMap { row -> String? in
        guard case .tool(let id, let result) = row.body else { return nil }
        return id + (result == .aborted ? " aborted" : " done")
      }
      #expect(results.sorted() == ["c1 done", "c2 aborted", "c3 aborted"])
      try await harness.send("next")
      let next = await harness.models.calls.next()
      #expect(next.request.exchanges.first?.rounds.first?.calls.map(\.result.isError) == [false, true, true])
      await next.answer("ok")
    }
  }

  @Test("an answer that comes at the same time as its abort: one end, and every place agrees which")
  func abortRace() async throws {
    for round in 0..<20 {
      try await withEngine { harness in
        let watcher = harness.watch()
        let run = try await harness.send("hello")
        if round % 2 == 1 { await watcher.events.wait { !$0.isEmpty } }
        let stopped = try await harness.engine.abort(.run(run), as: ann)
        let outcome = try await harness.engine.outcome(of: run, as: ann)
        #expect(outcome.state == (stopped.isEmpty ? .completed : .aborted))
        await watcher.ends(1)
        let ends = watcher.events.all.filter { $0.body.isTerminal }.map(\.body.kind)
        #expect(ends == [outcome.state == .completed ? "completed" : "failed ABORTED"])
        let record = try await harness.record(run)
        #expect(record?.state == outcome.state)
        let answers = try await harness.history().compactMap { row -> String? in
          if case .assistant(let message) = row.body { message.text } else { nil }
        }
        #expect(answers == (outcome.content.isEmpty ? [] : [outcome.content]))
      }
    }
  }

  @Test("L25: runs of others can be neither stopped nor waited for")
  func strangers() async throws {
    try await withEngine(FakeModels()) { harness in
      let run = try await harness.send("a")
      let call = await harness.models.calls.next()
      await #expect(throws: ClawError.self) { try await harness.engine.abort(.run(run), as: bob) }
      await #expect(throws: ClawError.self) { try await harness.engine.outcome(of: run, as: bob) }
      await #expect(throws: ClawError.self) {
        try await harness.engine.history(of: Harness.key("main"), user: ann.user, limit: 5, before: nil, as: bob)
      }
      await call.answer("ok")
      #expect(try await harness.engine.outcome(of: run, as: admin).content == "ok")
      await #expect(throws: ClawError.self) { try await harness.engine.outcome(of: run, as: bob) }
    }
  }
}
