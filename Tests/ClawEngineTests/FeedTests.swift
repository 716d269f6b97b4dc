import ClawCore
import Testing

@testable import ClawEngine
@testable import ClawStore

@Suite("Watching", .timeLimit(.minutes(10)))
struct FeedTests {
  private let key = Harness.key("main")

  /// Logs and publishes events like a run.
  private func publish(
    _ texts: [String], in harness: Harness, _ session: String = "main", of principal: Principal = ann
  ) async throws {
    let address = harness.address(session, of: principal)
    let hub = harness.engine.parts.hub
    let now = TimeSource.system.now
    try await harness.store.tenant(address.tenant).write(in: address) { transaction, result in
      try transaction.sessions.reserveMessages(
        0, in: address, newID: .generate(at: now), channel: "ws", at: now
      ) { reservation in
        let session = reservation.counters.id
        let numbers = try transaction.sessions.advance(
          session, by: .init(events: texts.count, isInTranscript: false), at: now)
        let events = texts.enumerated().map { offset, text in
          RunEvent(
            address: address, seq: numbers.lastEvent - Int64(texts.count - 1 - offset), run: RunID(unchecked: "run"),
            at: now,
            body: .text(text))
        }
        try transaction.events.add(events, to: session)
        transaction.afterCommit { hub.publish(events) }
        result.set(())
      }
    }
  }

  @Test("everybody sees the live events of their own sessions, and nobody else's")
  func automatic() async throws {
    try await withEngine(isRunning: false) { harness in
      let watchers = [harness.watch(), harness.watch(), harness.watch(as: bob), harness.watch(as: admin)]
      try await publish(["a"], in: harness)
      try await publish(["b", "c"], in: harness, "other")
      try await publish(["d"], in: harness, of: bob)
      #expect(watchers.map { $0.events.all.text } == ["abc", "abc", "d", ""])
    }
  }

  @Test("a subscription replays from any cursor and goes live with no gap and no repeat, while others publish")
  func exactlyOnce() async throws {
    try await withEngine(isRunning: false) { harness in
      let total = 400
      try await publish((0..<50).map { "\($0)" }, in: harness)
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          var next = 50
          while next < total {
            let end = min(total, next + 1 + next % 4)
            try await publish((next..<end).map { "\($0)" }, in: harness)
            next = end
          }
        }
        for cursor in 0..<40 {
          group.addTask {
            let watcher = Watcher()
            let id = harness.engine.feed.attach(watcher, as: admin)
            let pending = try await harness.engine.feed.subscribe(
              id, to: key, user: ann.user, after: Int64(cursor), as: admin)
            #expect(pending.info.headSeq >= 50 && pending.info.oldestSeq == 1)
            await withTaskGroup(of: Void.self) { following in
              following.addTask { await pending.run() }
              await watcher.events.wait { $0.last?.seq == Int64(total) }
              harness.engine.feed.detach(id)
            }
            #expect(watcher.seqs == Array(Int64(cursor + 1)...Int64(total)))
          }
        }
        for cursor in stride(from: 0, to: 50, by: 7) {
          group.addTask {
            var seen: [Int64] = []
            for try await event in harness.engine.feed.events(of: harness.address("main"), after: Int64(cursor)) {
              seen.append(event.seq)
              if seen.count % 10 == 0 { await Task.yield() }
              if event.seq == Int64(total) { break }
            }
            #expect(seen == Array(Int64(cursor + 1)...Int64(total)))
          }
        }
      }
    }
  }

  @Test("who watches automatically and subscribes misses nothing, whether the subscription is granted or refused")
  func handover() async throws {
    try await withEngine(isRunning: false) { harness in
      let total = 600
      let watcher = Watcher()
      let id = harness.engine.feed.attach(watcher, as: ann)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for index in 0..<total { try await publish(["\(index)"], in: harness) }
        }
        group.addTask {
          for _ in 0..<100 where watcher.events.all.count < total {
            await #expect(throws: ClawError.self) {
              try await harness.engine.feed.subscribe(id, to: key, user: nil, after: 1_000_000, as: ann)
            }
          }
          let pending = try await harness.engine.feed.subscribe(id, to: key, user: nil, after: nil, as: ann)
          await pending.run()
        }
        await watcher.events.wait { events in Set(events.map(\.seq)).count == total }
        harness.engine.feed.detach(id)
        try await group.waitForAll()
      }
      // It may repeat events from before the response, but must not omit any.
      #expect(Set(watcher.seqs) == Set(1...Int64(total)))
    }
  }

  @Test("unsubscribing returns to automatic delivery; subscribing again replaces; detaching ends all")
  func changes() async throws {
    try await withEngine(isRunning: false) { harness in
      let feed = harness.engine.feed
      let watcher = Watcher()
      let id = feed.attach(watcher, as: ann)
      try await publish(["1", "2"], in: harness)
      let first = try await feed.subscribe(id, to: key, user: nil, after: 0, as: ann)
      // Announced, but not started: nothing is delivered.
      try await publish(["3"], in: harness)
      #expect(watcher.seqs == [1, 2])
      await withTaskGroup(of: Void.self) { group in
        group.addTask { await first.run() }
        await watcher.events.wait { $0.count == 5 }
        let second = try? await feed.subscribe(id, to: key, user: nil, after: 2, as: ann)
        // That ends the first one.
        await group.waitForAll()
        group.addTask { await second?.run() }
        await watcher.events.wait { $0.count == 6 }
        try? await feed.unsubscribe(id, from: key, user: nil, as: ann)
        await group.waitForAll()
      }
      #expect(watcher.seqs == [1, 2, 1, 2, 3, 3])
      try await publish(["4"], in: harness)
      #expect(watcher.seqs.last == 4)
      feed.detach(id)
      try await publish(["5"], in: harness)
      #expect(watcher.seqs.last == 4)
      await #expect(throws: ClawError.self) { try await feed.subscribe(id, to: key, user: nil, after: 0, as: ann) }
      harness.engine.parts.hub.state.withLock { state in
        #expect(state.watchers.isEmpty && state.byPerson.isEmpty && state.subscribers.isEmpty && state.heads.isEmpty)
      }
    }
  }

  @Test("a cursor beyond the head, below what is kept, or negative is refused with the numbers")
  func cursors() async throws {
    try await withEngine(isRunning: false) { harness in
      let feed = harness.engine.feed
      let id = feed.attach(Watcher(), as: ann)
      try await publish(["1", "2", "3"], in: harness)
      let address = harness.address("main")
      try await harness.store.tenant(.standard).write { transaction in
        let counters = try #require(try transaction.sessions.counters(of: address))
        _ = try transaction.events.removeExpired(
          of: counters.id, from: 1, cutoff: TimeSource.system.now + .seconds(9), limit: 2)
        try transaction.sessions.setOldest(3, of: counters.id)
      }
      for (cursor, code) in [(4, ClawError.Code.failedPrecondition), (1, .failedPrecondition), (-1, .invalidRequest)] {
        do {
          _ = try await feed.subscribe(id, to: key, user: nil, after: Int64(cursor), as: ann)
          Issue.record("a subscription after \(cursor) was granted")
        } catch let error as ClawError {
          #expect(error.code == code)
          guard code == .failedPrecondition else { continue }
          #expect(error.details?[.oldestEvent] == 3 && error.details?[.lastEvent] == 3)
        }
      }
      for cursor in [2, 3] {
        let info = try await feed.subscribe(id, to: key, user: nil, after: Int64(cursor), as: ann).info
        #expect(info.headSeq == 3 && info.oldestSeq == 3 && info.activeRun == nil)
      }
      await #expect(throws: ClawError.self) {
        try await feed.subscribe(id, to: key, user: bob.user, after: nil, as: ann)
      }
      let unborn = try await feed.subscribe(id, to: Harness.key("none"), user: nil, after: nil, as: ann).info
      #expect(unborn.headSeq == 0 && unborn.oldestSeq == 1)
    }
  }

  @Test("a pull that is cancelled ends, and leaves nothing behind")
  func cancelledPull() async throws {
    try await withEngine(isRunning: false) { harness in
      try await publish(["1"], in: harness)
      let first = Inbox<Int64>()
      await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          for try await event in harness.engine.feed.events(of: harness.address("main"), after: 0) {
            first.put(event.seq)
          }
        }
        _ = await first.next()
        // It is waiting for the next one.
        let hub = harness.engine.parts.hub
        await yield { hub.state.withLock { !$0.pulls.isEmpty } }
        group.cancelAll()
      }
      harness.engine.parts.hub.state.withLock { state in
        #expect(state.pulls.isEmpty && state.readers.isEmpty && state.heads.isEmpty)
      }
    }
  }
}
