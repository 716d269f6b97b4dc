import ClawCore
import ClawStore
import Logging

/// Gives each job its runs at its times. The store holds what is due; many nodes may look there at once, and each
/// time is decided in one transaction by whoever is first. Nothing waits for a run, so that a slow job delays no other.
struct Scheduler: Sendable {
  /// Due jobs that are read at once.
  private static let pageSize = 200
  /// Between two looks at what is due at the very same moment.
  private static let shortestPause = Duration.milliseconds(10)

  let engine: EngineParts
  let wake: WakeSignal
  let jobsChanged: WakeSignal
  /// Whether new runs may begin.
  let mayStart: @Sendable () -> Bool

  /// Runs until cancelled.
  func run() async {
    while !Task.isCancelled {
      let pause = mayStart() ? await startDue() : engine.configuration.pollInterval
      await wait(pause)
    }
  }

  /// Decides all times that have come; returns how long there is nothing to do. Never longer than the poll interval:
  /// other nodes make jobs too, and the system's clock may be set.
  func startDue() async -> Duration {
    let poll = engine.configuration.pollInterval
    do {
      var last: DueJob?
      var isWhole = true
      while mayStart() {
        let (now, after) = (engine.time.now, last)
        let page = try await engine.store.node.read {
          try $0.cronDue.due(at: now, after: after, limit: Self.pageSize)
        }
        for due in page { isWhole = await start(due) && isWhole }
        guard page.count == Self.pageSize else { break }
        last = page.last
      }
      guard isWhole, let next = try await engine.store.node.read({ try $0.cronDue.next() }) else { return poll }
      return min(max(next - engine.time.now, Self.shortestPause), poll)
    } catch {
      engine.logger.warning("cron.look_failed", metadata: ["error": "\(error)"])
      return poll
    }
  }

  /// Decides one time of a job; false if that has to be tried again.
  private func start(_ due: DueJob) async -> Bool {
    guard mayStart() else { return false }
    do {
      let outcome = try await StartSlot(engine: engine, due: due, now: engine.time.now)()
      if outcome == .accepted {
        FaultPoint.accepted.reached()
        wake.signal([.cron])
      }
      return true
    } catch {
      // The time stays due: it is tried again at the next look.
      engine.logger.warning("cron.start_failed", metadata: ["job": "\(due.job)", "error": "\(error)"])
      return false
    }
  }

  private func wait(_ pause: Duration) async {
    let jobsChanged = jobsChanged
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await Task.sleep(for: pause) }
      group.addTask { _ = await jobsChanged.wait() }
      await group.next()
      group.cancelAll()
    }
  }
}

extension Engine {
  var scheduler: Scheduler {
    Scheduler(engine: parts, wake: wake, jobsChanged: jobsChanged) { [self] in phase == .running }
  }
}
