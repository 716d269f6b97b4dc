import ClawCore
import ClawJSON
import Testing

@testable import ClawEngine

@Suite("A turn", .timeLimit(.minutes(10)))
struct TurnTests {
  @Test("answers a message: events in order, numbered from 1, and a transcript that says the same")
  func plain() async throws {
    try await withEngine { harness in
      let watcher = harness.watch()
      let outcome = try await harness.ask("hello there")
      #expect(outcome.state == .completed && outcome.content == "re: hello there" && outcome.iterations == 1)
      let events = watcher.events.all
      #expect(events.kinds == ["started 1", "text", "completed"])
      #expect(events.map(\.seq) == Array(1...Int64(events.count)))
      #expect(events.text == outcome.content)
      #expect(try await harness.log() == events)
      let history = try await harness.history()
      #expect(history.map(\.role) == [.user, .assistant])
      #expect(history.map(\.seq) == [1, 2])
      #expect(history.allSatisfy { $0.run == outcome.run })
    }
  }

  @Test("a model that begins anew makes void what was shown: a further attempt, which is counted")
  func begunAnew() async throws {
    try await withEngine(FakeModels()) { harness in
      let watcher = harness.watch()
      let run = try await harness.send("first")
      let one = await harness.models.calls.next()
      await one.say("half ")
      _ = await watcher.events.wait { $0.contains { $0.body.text == "half " } }
      await one.restart()
      await one.say("whole")
      await one.answer("whole", calls: [.echo("a", id: "c1")])
      let two = await harness.models.calls.next()
      await two.say("the ")
      _ = await watcher.events.wait { $0.contains { $0.body.text == "the " } }
      await two.restart()
      await two.answer("end")
      let outcome = try await harness.engine.outcome(of: run, as: ann)
      #expect(outcome.content == "end" && outcome.state == .completed)
      #expect(
        watcher.events.all.kinds == [
          "started 1", "text", "started 2", "text", "call", "result", "text", "started 3", "completed",
        ])
      #expect(try await harness.record(run)?.attempt == 3)
      #expect(try await harness.history().map(\.role) == [.user, .assistant, .tool, .assistant])
    }
  }

  @Test("shows a model what was said before, and calls tools as often as it wants")
  func toolRounds() async throws {
    try await withEngine(FakeModels()) { harness in
      let watcher = harness.watch()
      let run = try await harness.send("first")
      let one = await harness.models.calls.next()
      #expect(one.request.tools.map(\.name) == ["echo"])
      await one.say("Let me see. ")
      await one.answer("Let me see. ", calls: [.echo("a", id: "c1"), .echo("b", id: "c2")])
      let two = await harness.models.calls.next()
      let rounds = try #require(two.request.exchanges.last?.rounds)
      #expect(rounds.count == 1 && rounds[0].text == "Let me see. ")
      #expect(rounds[0].calls.map(\.result.content) == ["a", "b"])
      await two.answer("", calls: [.echo("c", id: "c3")])
      let three = await harness.models.calls.next()
      #expect(three.request.exchanges.last?.rounds.count == 2)
      await three.say("Done")
      await three.say(" now.")
      await three.answer("Done now.")
      let outcome = try await harness.engine.outcome(of: run, as: ann)
      #expect(outcome.content == "Done now." && outcome.iterations == 3)
      #expect(outcome.usage == TokenUsage(inputTokens: 30, outputTokens: 15))
      let events = watcher.events.all
      #expect(
        events.kinds == [
          "started 1", "text", "call", "call", "result", "result", "call", "result", "text", "completed",
        ])
      let last = events.suffix(from: (events.lastIndex { $0.body.kind == "result" } ?? 0) + 1)
      #expect(last.text == "Done now.")
      #expect(
        try await harness.history().map(\.role) == [.user, .assistant, .tool, .tool, .assistant, .tool, .assistant])
      let record = try #require(try await harness.record(run))
      #expect(record.state == .completed && record.iterations == 3 && record.usage == outcome.usage)
      // The next turn sees all of it.
      try await harness.send("second")
      let four = await harness.models.calls.next()
      #expect(four.request.exchanges.count == 2 && four.request.exchanges[0].rounds.count == 3)
      await four.answer("ok")
    }
  }

  @Test("a tool that fails, is unknown or was called with nonsense gives the model an error to read")
  func toolErrors() async throws {
    struct Broken: Error {}
    let tools = [FakeTool("bad") { _, _ in throw Broken() }, FakeTool.echo]
    try await withEngine(FakeModels(), tools: tools) { harness in
      let run = try await harness.send("x")
      let calls = [
        ToolCall(id: "1", name: "bad", arguments: [:]), ToolCall(id: "2", name: "none", arguments: [:]),
        ToolCall(id: "3", name: "echo", arguments: ["_raw": "{"]),
      ]
      await harness.models.calls.next().answer("", calls: calls)
      let next = await harness.models.calls.next()
      let results = try #require(next.request.exchanges.last?.rounds.last?.calls.map(\.result))
      #expect(results.count == 3)
      for result in results { #expect(result.isError) }
      #expect(results[1].content.contains("available: bad, echo"))
      await next.answer("ok")
      #expect(try await harness.engine.outcome(of: run, as: ann).state == .completed)
    }
  }

  @Test("a tool that takes too long is stopped, and the run goes on")
  func toolTimeout() async throws {
    let begun = Inbox<String>()
    try await withEngine(
      FakeModels(), tools: [FakeTool.stuck(begun: begun)], configure: { $0.toolTimeout = .milliseconds(5) }
    ) { harness in
      try await harness.send("x")
      await harness.models.calls.next().answer("", calls: [ToolCall(id: "1", name: "stuck", arguments: [:])])
      let next = await harness.models.calls.next()
      let result = try #require(next.request.exchanges.last?.rounds.last?.calls.last?.result)
      #expect(result.isError && result.content.contains("took longer than"))
      await next.answer("ok")
    }
  }

  @Test("an agent that never stops calling tools fails once, with its calls closed")
  func iterationLimit() async throws {
    let models = FakeModels { _ in
      ModelReply(text: "again", calls: [.echo("x", id: "c")], model: FakeModels.reference)
    }
    try await withEngine(models, configure: { $0.maxIterations = 3 }) { harness in
      let watcher = harness.watch()
      let outcome = try await harness.ask("x")
      #expect(outcome.state == .failed && outcome.failure?.code == "RESOURCE_EXHAUSTED")
      #expect(outcome.iterations == 3)
      #expect(harness.models.calls.all.count == 3)
      let events = watcher.events.all
      #expect(events.count { $0.body.isTerminal } == 1 && events.last?.body.kind == "failed RESOURCE_EXHAUSTED")
      let history = try await harness.history()
      #expect(history.count { $0.role == .tool } == 3 && history.last?.role == .tool)
    }
  }

  @Test("a model that fails ends the run exactly once, after what it said, and the session goes on")
  func modelError() async throws {
    try await withEngine(FakeModels()) { harness in
      let watcher = harness.watch()
      let run = try await harness.send("x")
      let call = await harness.models.calls.next()
      await call.say("I was about to")
      await call.fail(
        ClawError(
          .resourceExhausted, "slow down", kind: .provider, details: [.reason: "rate_limit"],
          retryAfter: .seconds(7)))
      let outcome = try await harness.engine.outcome(of: run, as: ann)
      #expect(outcome.state == .failed)
      #expect(
        outcome.failure
          == RunFailure(code: "RESOURCE_EXHAUSTED", message: "slow down", retryAfterMs: 7000, reason: "rate_limit"))
      let events = watcher.events.all
      #expect(events.kinds == ["started 1", "text", "failed RESOURCE_EXHAUSTED"])
      #expect(events.text == "I was about to")
      // The log equals the live events.
      #expect(try await harness.log() == events)
      // Text that was shown live is there after a reload.
      let history = try await harness.history()
      #expect(history.map(\.role) == [.user, .assistant])
      #expect(history.last?.body == .assistant(AssistantMessage(text: "I was about to")))
      try await harness.send("y")
      await harness.models.calls.next().answer("fine")
      #expect(await watcher.ends(2).last?.body.kind == "completed")
    }
  }

  @Test("a context that is too long is tried again with half of the turns")
  func contextOverflow() async throws {
    let models = FakeModels { request in
      guard request.exchanges.count <= 2 else {
        throw ClawError(
          .invalidRequest, "too long", kind: .provider, details: [.reason: "context_length_exceeded"])
      }
      return ModelReply(text: "ok", model: FakeModels.reference)
    }
    try await withEngine(models) { harness in
      for index in 0..<5 {
        let outcome = try await harness.ask("m\(index)")
        #expect(outcome.state == .completed)
      }
      let shown = models.calls.all.last?.request.exchanges ?? []
      #expect(shown.count == 2 && shown.last?.input.first?.text == "m4")
    }
  }

  @Test("with stream off shows no text to anybody, and the same answer")
  func noStream() async throws {
    try await withEngine { harness in
      let watcher = harness.watch()
      let run = try await harness.send("hello you") { $0.options.stream = false }
      let outcome = try await harness.engine.outcome(of: run, as: ann)
      #expect(outcome.content == "re: hello you")
      #expect(watcher.events.all.kinds == ["started 1", "completed"])
    }
  }

  @Test("shows thinking only where it was asked for", arguments: [true, false])
  func thinking(_ isWanted: Bool) async throws {
    try await withEngine(FakeModels()) { harness in
      let watcher = harness.watch()
      try await harness.send("x") { $0.options.thinking = isWanted }
      let call = await harness.models.calls.next()
      #expect(call.request.thinking == isWanted)
      await call.think("hm")
      await call.say("yes")
      await call.answer("yes")
      let kinds = await watcher.ends(1).kinds
      #expect(
        kinds == (isWanted ? ["started 1", "thinking", "text", "completed"] : ["started 1", "text", "completed"]))
    }
  }

  @Test("L34: NO_REPLY as the whole answer is an empty one; inside of one it is text", arguments: [true, false])
  func silence(_ stream: Bool) async throws {
    for (said, content) in [
      ("NO_REPLY", ""), (" NO_REPLY\n", ""), ("NO_REPLY is the word", "NO_REPLY is the word"), ("NO", "NO"),
      ("NO_REPLYX", "NO_REPLYX"), ("", ""), ("**NO_REPLY**", "**NO_REPLY**"), ("NO_REPLY.", "NO_REPLY."),
      ("All is well. NO_REPLY", "All is well. NO_REPLY"), ("NO_REPLY\u{301}", "NO_REPLY\u{301}"),
    ] {
      try await withEngine(FakeModels()) { harness in
        let watcher = harness.watch()
        let run = try await harness.send("x") { $0.options.stream = stream }
        let call = await harness.models.calls.next()
        for character in said { await call.say(String(character)) }
        await call.answer(said)
        let outcome = try await harness.engine.outcome(of: run, as: ann)
        #expect(outcome.state == .completed && outcome.content == content, "\(said)")
        #expect(watcher.events.all.text == (stream ? content : ""), "\(said)")
      }
    }
  }
}
