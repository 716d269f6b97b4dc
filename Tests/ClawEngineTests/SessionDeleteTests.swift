import ClawCore
import ClawStore
import Testing

@testable import ClawEngine

@Suite("Deleting a session", .timeLimit(.minutes(10)))
struct SessionDeleteTests {
  private let key = Harness.key("main")

  @Test("stops what runs and what waits, removes all, and keeps the counters")
  func counters() async throws {
    try await withEngine(FakeModels()) { harness in
      let watcher = harness.watch()
      let runs = [try await harness.send("a"), try await harness.send("b")]
      await harness.models.calls.next().say("hm")
      try await harness.engine.delete(key, user: nil, as: ann)
      let events = await watcher.ends(2)
      #expect(Set(events.filter { $0.body.isTerminal }.map(\.run)) == Set(runs))
      #expect(try await harness.history().isEmpty)
      #expect(try await harness.log().isEmpty)
      #expect(try await harness.engine.list(SessionQuery(), as: ann).sessions.isEmpty)
      await #expect(throws: ClawError.self) { try await harness.engine.delete(key, user: nil, as: ann) }
      let resume = try await harness.page().resumeSeq
      #expect(resume == events.last?.seq)
      try await harness.send("again")
      let call = await harness.models.calls.next()
      #expect(call.request.exchanges.count == 1)
      await call.answer("ok")
      let after = await watcher.ends(3)
      #expect(after.map(\.seq) == Array(1...Int64(after.count)))
      // Two questions and part of an answer came before.
      #expect(try await harness.history().map(\.seq) == [4, 5])
    }
  }

  @Test("whoever waits for a run that goes with its session learns that it is over")
  func waiters() async throws {
    try await withEngine(isRunning: false) { harness in
      let watcher = harness.watch()
      let run = try await harness.send("a")
      // Claimed by a dead node, so that it can't be aborted in time.
      let now = TimeSource.system.now
      _ = try await harness.store.node.write {
        try $0.queue.claim(.main, limit: 1, owner: NodeID(unchecked: "dead"), now: now, until: now + .seconds(900))
      }
      async let outcome = harness.engine.outcome(of: run, as: ann)
      try await harness.engine.delete(key, user: nil, as: ann)
      let end = try await outcome
      #expect(end.state == .aborted && end.failure?.code == "ABORTED")
      #expect(watcher.events.all.kinds == ["failed ABORTED"])
      await #expect(throws: ClawError.self) { try await harness.engine.outcome(of: run, as: bob) }
    }
  }

  @Test("a watcher that had not read all yet goes on with what comes next")
  func laggingWatcher() async throws {
    try await withEngine { harness in
      _ = try await harness.ask("one")
      let watcher = Watcher()
      let id = harness.engine.feed.attach(watcher, as: ann)
      let pending = try await harness.engine.feed.subscribe(id, to: key, user: nil, after: 0, as: ann)
      // It sees the head advance, but finds no events in the log.
      _ = try await harness.ask("two")
      let head = try await harness.page().resumeSeq
      try await harness.engine.delete(key, user: nil, as: ann)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await pending.run() }
        await yield {
          harness.engine.parts.hub.state.withLock {
            $0.watchers[id]?.subscriptions[harness.address("main")]?.isLive == true
          }
        }
        _ = try await harness.ask("three")
        await watcher.ends(1)
        harness.engine.feed.detach(id)
        try await group.waitForAll()
      }
      #expect(watcher.seqs.first == head + 1)
      #expect(watcher.events.all.text == "re: three")
    }
  }
}
