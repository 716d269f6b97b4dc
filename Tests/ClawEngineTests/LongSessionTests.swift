import ClawCore
import ClawStore
import Testing

@testable import ClawEngine

@Suite("Long sessions and long queues", .timeLimit(.minutes(10)))
struct LongSessionTests {
  @Test("L21: what a model is shown, and what is read for it, does not grow with the session")
  func bounded() async throws {
    try await withEngine(configure: { $0.historyMessages = 20 }) { harness in
      for index in 0..<120 { _ = try await harness.ask("m\(index)") }
      let shown = harness.models.calls.all.map { $0.request.exchanges.count }
      #expect(shown.max() ?? 0 <= 11)
      #expect(shown.suffix(50).min() ?? 0 >= 5)
      let address = harness.address("main")
      let counters = try await harness.store.tenant(.standard).read { try $0.sessions.counters(of: address) }
      #expect((counters?.lastMessageSeq ?? 0) == 240)
      // Only rows after the window's start are read: the others need not exist.
      #expect((counters?.windowStartSeq ?? 0) >= 220)
      #expect(try await harness.history().count == 240)
    }
  }

  @Test("however many messages wait behind it, the one that is answered is shown with what came before")
  func backlog() async throws {
    try await withEngine(FakeModels(), configure: { $0.historyMessages = 10 }) { harness in
      try await harness.send("before")
      await harness.models.calls.next().answer("yes")
      try await harness.send("the question")
      let call = await harness.models.calls.next()
      for index in 0..<60 { try await harness.send("later \(index)") }
      await call.answer("", calls: [.echo("x", id: "c1")])
      let again = await harness.models.calls.next()
      #expect(again.request.exchanges.map { $0.input.map(\.text) } == [["before"], ["the question"]])
      #expect(again.request.exchanges.last?.rounds.count == 1)
      await again.answer("the answer")
      let next = await harness.models.calls.next()
      #expect(next.request.exchanges.map { $0.input.map(\.text) } == [["before"], ["the question"], ["later 0"]])
      #expect(next.request.exchanges[1].rounds.last?.text == "the answer")
    }
  }

  @Test("a run with more tool calls than the window has rows still knows its question")
  func manyCalls() async throws {
    try await withEngine(FakeModels(), configure: { $0.historyMessages = 4 }) { harness in
      try await harness.send("the question")
      for round in 0..<3 {
        let call = await harness.models.calls.next()
        #expect(call.request.exchanges.last?.input.map(\.text) == ["the question"])
        await call.answer("", calls: (0..<9).map { .echo("x", id: "c\(round).\($0)") })
      }
      let last = await harness.models.calls.next()
      #expect(last.request.exchanges.last?.input.map(\.text) == ["the question"])
      await last.answer("ok")
    }
  }

  private func play(_ harness: Harness) async {
    for turn in 0..<4 {
      let first = await harness.models.calls.next()
      await first.say("thinking about \(turn). ")
      await first.answer("thinking about \(turn). ", calls: [.echo("e\(turn)", id: "t\(turn)")])
      let second = await harness.models.calls.next()
      for word in ["answer ", "number ", "\(turn)"] { await second.say(word) }
      await second.answer("answer number \(turn)")
    }
  }

  @Test("at any point, the history and the events after its resumeSeq give the whole conversation once")
  func resume() async throws {
    try await withEngine(FakeModels(), tools: [FakeTool.echo]) { harness in
      let watcher = harness.watch()
      var points: [HistoryPage] = []
      async let played: Void = play(harness)
      for turn in 0..<4 { try await harness.send("q\(turn)") }
      while watcher.events.all.count(where: { $0.body.isTerminal }) < 4 { points.append(try await harness.page()) }
      await played
      points.append(try await harness.page())
      let whole = try await harness.log().text
      for page in points {
        let said = page.messages.compactMap { row -> String? in
          if case .assistant(let message) = row.body { message.text } else { nil }
        }
        let rest = watcher.events.all.filter { $0.seq > page.resumeSeq }.text
        #expect(said.joined() + rest == whole)
        let results = page.messages.count { $0.role == .tool }
        let restResults = watcher.events.all.count { $0.seq > page.resumeSeq && $0.body.kind == "result" }
        #expect(results + restResults == 4)
      }
    }
  }

  @Test("stopping does not wait for runs of which the store takes nothing any more")
  func unusableStore() async throws {
    try await withEngine(FakeModels(), configure: { $0.drainTimeout = .seconds(600) }) { harness in
      try await harness.send("a")
      let call = await harness.models.calls.next()
      await harness.store.close()
      async let said: Void = call.answer("too late")
      await harness.engine.drain()
      await said
    }
  }

  @Test("a full disk refuses messages, holds up what runs, and does not keep the process from ending")
  func fullDisk() async throws {
    try await withEngine(FakeModels(), maxPages: 84, configure: { $0.stopTimeout = .milliseconds(50) }) { harness in
      try await harness.send("a")
      let call = await harness.models.calls.next()
      var refused: ClawError?
      while refused == nil {
        do {
          try await harness.send(String(repeating: "x", count: 3000), in: "filler")
        } catch let error as ClawError {
          refused = error
        }
      }
      #expect(refused?.code == .unavailable)
      // It can store neither its answer nor its abort.
      async let said: Void = call.answer(String(repeating: "long ", count: 4000))
      await harness.engine.drain()
      await said
      #expect(try await harness.history().count == 1)
    }
  }
}
