import ClawCore
import Foundation
import Synchronization
import Testing

@testable import ClawEngine
@testable import ClawStore

@Suite("Aborting where the store does not help", .timeLimit(.minutes(10)))
struct AbortTests {
  @Test("a store that is silent does not keep a model from being stopped at once")
  func silentStore() async throws {
    try await withEngine(
      FakeModels(), configure: { $0.abortTimeout = .milliseconds(20) }
    ) { harness in
      let run = try await harness.send("a")
      let call = await harness.models.calls.next()
      let waiting = try await harness.send("b")
      let held = try await StoreHold(harness.store)
      #expect(try await harness.engine.abort(.session(Harness.key("main"), user: nil), as: ann) == [run])
      // Returns only after the call has ended.
      await call.say("more")
      // The outcome of a run on another node is unknown.
      #expect(await code { _ = try await harness.engine.abort(.run(waiting), as: ann) } == .unavailable)
      held.letGo()
      for id in [run, waiting] {
        #expect(try await harness.engine.outcome(of: id, as: ann).state == .aborted)
      }
      #expect(harness.models.calls.all.count == 1)
    }
  }

  @Test("with a full disk a model is stopped at once, and a drain does not wait for what can't be written")
  func fullDisk() async throws {
    let directory = try TestDirectory()
    let runs = Locked<[RunID]>([])
    try await withEngine(
      FakeModels(), in: directory, maxPages: 84,
      configure: {
        $0.drainTimeout = .seconds(3600)
        $0.outageTimeout = .milliseconds(1)
      }
    ) { harness in
      let stopped = try await harness.send("a", in: "stopped")
      let first = await harness.models.calls.next()
      let left = try await harness.send("a", in: "left")
      let second = await harness.models.calls.next()
      runs.withLock { $0 = [stopped, left] }
      try await fill(harness.store)
      #expect(try await harness.engine.abort(.run(stopped), as: ann) == [stopped])
      // Returns only after the call has ended.
      await first.say("more")
      // This can't be written either.
      second.post(.event(.text(String(repeating: "long ", count: 4000))))
      await harness.engine.drain()
      #expect(try await harness.record(left)?.state == .running)
    }
    try await withEngine(in: directory) { harness in
      for run in runs.value {
        let state = try await harness.engine.outcome(of: run, as: ann).state
        #expect(state.isTerminal)
        #expect(try await harness.log(run == runs.value[0] ? "stopped" : "left").count { $0.body.isTerminal } == 1)
      }
    }
  }

  @Test("a drain waits for runs while the store is only slow to take writes")
  func slowStore() async throws {
    try await withEngine(
      FakeModels(),
      configure: {
        $0.drainTimeout = .seconds(3600)
        $0.readinessTimeout = .milliseconds(1)
      }
    ) { harness in
      let run = try await harness.send("a", in: "slow")
      let call = await harness.models.calls.next()
      let (held, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
      async let holding: Void = harness.store.database.write(as: .owner) { _ in
        held.signal()
        release.wait()
      }
      // Blocks the writer's thread.
      await withCheckedContinuation { continuation in
        Thread.detachNewThread {
          held.wait()
          continuation.resume()
        }
      }
      async let drained: Void = harness.engine.drain()
      // More checks than it takes to give up on a failing store.
      for _ in 0..<10 {
        await #expect(throws: ClawError.self) { try await harness.store.check(within: .milliseconds(50)) }
      }
      release.signal()
      try await holding
      await call.answer("done")
      await drained
      #expect(try await harness.record(run)?.state == .completed)
    }
  }

  /// Fills the disk.
  private func fill(_ store: Store) async throws {
    _ = try await store.database.write(as: .owner) { try $0.execute("CREATE TABLE filler (text TEXT NOT NULL)", []) }
    for size in [3000, 300, 10] {
      var isFull = false
      while !isFull {
        do {
          _ = try await store.database.write(as: .owner) {
            try $0.execute("INSERT INTO filler VALUES ($1)", [.text(String(repeating: "x", count: size))])
          }
        } catch {
          isFull = true
        }
      }
    }
  }

  @Test("a run that ended by itself meanwhile is not among those that were aborted")
  func endedMeanwhile() async throws {
    try await withEngine { harness in
      let outcome = try await harness.ask("x")
      let wish = try AbortRequest(.session(Harness.key("main"), user: nil), as: ann, engine: harness.engine.parts)
      #expect(try await wish.write(stoppedHere: [outcome.run]).isEmpty)
      #expect(try await harness.engine.abort(.run(outcome.run), as: ann).isEmpty)
    }
  }

  @Test("a wish that is written late does not stop what was accepted after it")
  func lateWish() async throws {
    let clock = ManualClock()
    try await withEngine(time: clock.source, isRunning: false) { harness in
      let early = try await harness.send("a")
      let asked = clock.now
      clock.advance(by: .seconds(1))
      let late = try await harness.send("b")
      let wish = try AbortRequest(.session(Harness.key("main"), user: nil), as: ann, engine: harness.engine.parts)
      #expect(try await wish.write(stoppedHere: [], acceptedUpTo: asked) == [early])
      #expect(try await harness.record(late)?.state == .queued)
    }
  }
}

/// Blocks the store's writer, so that every write waits.
private final class StoreHold: Sendable {
  private let gate = Mutex(false)

  init(_ store: Store) async throws {
    let (held, isHeld) = AsyncStream.makeStream(of: Void.self)
    Task { [self] in
      try await store.database.write(as: .node) { _ in
        isHeld.finish()
        while !self.gate.withLock({ $0 }) {}
      }
    }
    for await _ in held {}
  }

  func letGo() { gate.withLock { $0 = true } }
}
