import ClawCore
import ClawStore
import Logging

/// Gives each job its runs at its times. The store holds what is due. Nodes share that page by page, each time is
/// decided in one transaction, and many are decided side by side. Nothing waits for a run, so that a slow job delays no
/// other.
struct Scheduler: Sendable {
  /// Due jobs that are claimed at once.
  private static let pageSize = 200
  /// Times that are decided at once.
  private static let decidedAtOnce = 16
  /// Between two looks at what is due at the very same moment.
  private static let shortestPause = Duration.milliseconds(10)

  let engine: EngineParts
  let wake: WakeSignal
  let jobsChanged: WakeSignal
  let watch: CronWatch
  /// Begins runs at once where their lane has room; nil leaves them all to the dispatcher.
  var starter: CronStarter?
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
      let begun = engine.time.now
      var isWhole = true
      while mayStart() {
        let page = try await claim()
        isWhole = await decide(page) && isWhole
        if page.count < Self.pageSize { break }
      }
      let now = engine.time.now
      let (first, isAny, next) = try await engine.store.node.read { transaction in
        (
          try transaction.cronDue.next(), try transaction.cronDue.isAny(at: now),
          try transaction.cronDue.next(after: now)
        )
      }
      var pause = next.map { min(max($0 - now, Self.shortestPause), poll) } ?? poll
      // What could not be decided is tried again after a while, what came meanwhile at once.
      if !isWhole { pause = poll } else if isAny { pause = Self.shortestPause }
      // What is due and can't be claimed is in another node's hands.
      watch.ended(begun: begun, isWhole: isWhole && first ?? .distantFuture > now, next: now + pause)
      return pause
    } catch {
      watch.failed()
      engine.logger.warning("cron.look_failed", metadata: ["error": "\(error)"])
      return poll
    }
  }

  /// Takes a page of what is due, for so long that no other node decides it meanwhile. Nothing is written where nothing
  /// is due.
  private func claim() async throws -> [DueJob] {
    let now = engine.time.now
    let until = now + engine.configuration.leaseDuration
    let isAny = try await engine.store.node.read { try $0.cronDue.isAny(at: now) }
    let page =
      try await isAny
      ? engine.store.node.write { try $0.cronDue.claim(at: now, until: until, limit: Self.pageSize) } : []
    watch.looked(at: now, grace: engine.configuration.misfireGrace)
    return page
  }

  /// Decides a page, many at once; false if some of it has to be tried again.
  private func decide(_ page: [DueJob]) async -> Bool {
    var undecided: [DueJob] = []
    await withTaskGroup(of: DueJob?.self) { group in
      for (index, due) in page.enumerated() {
        if index >= Self.decidedAtOnce, let failed = await group.next() ?? nil { undecided.append(failed) }
        group.addTask { await start(due) ? nil : due }
      }
      for await failed in group { if let failed { undecided.append(failed) } }
    }
    guard !undecided.isEmpty else { return true }
    // Whoever looks next may try, this node too.
    let failed = undecided
    try? await engine.store.node.write { for due in failed { try $0.cronDue.release(due) } }
    return false
  }

  /// Decides one time of a job; false if that has to be tried again.
  private func start(_ due: DueJob) async -> Bool {
    guard mayStart() else { return false }
    let now = engine.time.now
    let late = watch.lateness(of: due, now: now)
    do {
      let slot = StartSlot(engine: engine, due: due, now: now, late: late, starter: starter)
      switch try await slot() {
      case .waits:
        FaultPoint.accepted.reached()
        engine.peers.tell(.work([.cron]))
        wake.signal([.cron])
      case .begun: FaultPoint.accepted.reached()
      case .noRun: break
      }
      watch.decided(due)
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

/// Begins runs of jobs in the transaction that accepts them.
struct CronStarter: Sendable {
  let owner: NodeID
  /// A place for a run; nil if there is none.
  let reserve: @Sendable (RunID) -> RunControl?
  let begin: @Sendable (StartedRun, RunControl) async -> Void
  /// Gives a place back.
  let forget: @Sendable (RunID) -> Void
}

extension Engine {
  var scheduler: Scheduler {
    Scheduler(
      engine: parts, wake: wake, jobsChanged: jobsChanged, watch: cronWatch,
      starter: CronStarter(
        owner: node,
        reserve: { [self] run in parts.registry.reserve(run, lane: .cron, limit: limit(of: .cron)) },
        begin: { [self] start, control in await goOn(with: start, control) },
        forget: { [self] run in forget(run) })
    ) { [self] in mayBegin }
  }
}
