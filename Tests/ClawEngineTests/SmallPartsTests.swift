import ClawCore
import Testing

@testable import ClawEngine

@Suite("Signals and waiting", .timeLimit(.minutes(10)))
struct WaitingTests {
  private let run = RunID(unchecked: "run")
  private let address = SessionAddress(
    tenant: .standard, user: .owner, key: SessionKey(unchecked: "agent:default:main"))

  private var outcome: RunOutcome {
    RunOutcome(
      run: run, session: address.key, state: .completed, content: "done", usage: TokenUsage(), iterations: 1)
  }

  @Test("a signal that comes before, during or after the wait is seen once")
  func wake() async {
    let wake = LaneSignal()
    wake.signal([.main])
    wake.signal([.cron])
    #expect(await wake.wait() == [.main, .cron])
    async let waiting = wake.wait()
    wake.signal([.subagent])
    #expect(await waiting == [.subagent])
    wake.signal([Lane]())
    let cancelled = await withTaskGroup(of: Set<Lane>.self) { group in
      group.addTask { await wake.wait() }
      group.cancelAll()
      return await group.next()
    }
    #expect(cancelled == [])
  }

  @Test("no signal is lost between many signallers and one waiter")
  func manySignals() async {
    let wake = LaneSignal()
    let handled = Locked(0)
    let sent = Locked(0)
    await withTaskGroup(of: Void.self) { group in
      for _ in 0..<4 {
        group.addTask {
          for _ in 0..<500 {
            sent.withLock { $0 += 1 }
            wake.signal([.main])
            await Task.yield()
          }
        }
      }
      group.addTask {
        while handled.value < 2000 {
          _ = await wake.wait()
          let now = sent.value
          handled.withLock { $0 = now }
        }
      }
      await group.waitForAll()
    }
    #expect(handled.value == 2000)
  }

  @Test("whoever waits for a run learns of its end, whether it comes before, during or after the check")
  func outcomes() async throws {
    for moment in 0..<4 {
      let registry = RunRegistry()
      let (outcome, address, run) = (outcome, address, run)
      if moment == 0 { registry.ended(outcome, in: address) }
      let checked = Inbox<Int>()
      async let result = registry.wait(for: run, of: .standard, isVisible: { _ in true }) {
        if moment == 1 { registry.ended(outcome, in: address) }
        checked.put(1)
        return moment == 2 ? outcome : nil
      }
      if moment == 3 {
        _ = await checked.next()
        registry.ended(outcome, in: address)
      }
      #expect(try await result == outcome)
    }
  }

  @Test("an end that is not the caller's to see is asked of the store, which refuses")
  func invisible() async {
    let registry = RunRegistry()
    registry.ended(outcome, in: address)
    await #expect(throws: ClawError.self) {
      try await registry.wait(for: run, of: .standard, isVisible: { _ in false }) { throw ClawError(.notFound, "no") }
    }
  }

  @Test("waiting ends when it is cancelled, and leaves nothing behind")
  func cancelled() async throws {
    let registry = RunRegistry()
    let run = run
    let result = try await withThrowingTaskGroup(of: RunOutcome?.self) { group in
      group.addTask { try await registry.wait(for: run, of: .standard, isVisible: { _ in true }) { nil } }
      group.cancelAll()
      return try await group.next()
    }
    #expect(result == .some(nil))
    registry.ended(outcome, in: address)
  }

  @Test("is idle when the last run is gone, not before")
  func idle() async {
    let registry = RunRegistry()
    await registry.waitUntilIdle()
    _ = registry.add(run, lane: .main)
    _ = registry.add(RunID(unchecked: "two"), lane: .cron)
    #expect(registry.running(.main) == 1 && registry.running(.cron) == 1 && registry.running(.subagent) == 0)
    let isIdle = Locked(false)
    await withTaskGroup(of: Void.self) { group in
      group.addTask {
        await registry.waitUntilIdle()
        isIdle.withLock { $0 = true }
      }
      registry.remove(run)
      for _ in 0..<20 { await Task.yield() }
      #expect(!isIdle.value)
      registry.remove(RunID(unchecked: "two"))
    }
    #expect(isIdle.value)
  }

  @Test("the first reason to stop stays, and cancels the work of the run but not its caller")
  func control() async {
    let registry = RunRegistry()
    let control = registry.add(run, lane: .main)
    #expect(control.reason == nil)
    await control.whileRunning {
      registry.stop(run, .abort)
      registry.stopAll(.shutdown)
      #expect(Task.isCancelled)
    }
    #expect(control.reason == .abort && !Task.isCancelled)
    await control.whileRunning { #expect(Task.isCancelled) }
  }
}
