import ClawCore
import ClawStore
import Logging
import Synchronization

/// Gives each job its runs at its times. The store holds what is due. Nodes share that page by page; a page is read at
/// once, each time is decided in one transaction, and many are decided side by side. Nothing waits for a run, so that a
/// slow job delays no other; and where many jobs are due at one moment, all are begun before the first is worked on.
struct Scheduler: Sendable {
  /// Due jobs that are claimed at once.
  private static let pageSize = 200
  /// Times that are decided at once.
  private static let decidedAtOnce = 64
  /// Jobs that are read in one transaction.
  private static let readAtOnce = 50
  /// Between two looks at what is due at the very same moment.
  private static let shortestPause = Duration.milliseconds(10)

  let engine: EngineParts
  let wake: LaneSignal
  let jobsChanged: LaneSignal
  let watch: MisfireClock
  /// Begins runs at once where their lane has room; nil leaves them all to the dispatcher.
  var starter: CronRunStarter?
  /// The longest that a run which has begun waits for others to begin.
  var longestHold = Duration.seconds(1)
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
      let isWhole = try await decideAll()
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

  /// Decides page after page until nothing is due; false if some of it has to be tried again. The runs that begin are
  /// worked on once all have begun, or after ``longestHold``.
  private func decideAll() async throws -> Bool {
    let started = StartedJobs()
    var held = ContinuousClock.now
    var isWhole = true
    do {
      while mayStart() {
        let page = try await claim()
        isWhole = await decide(page, started) && isWhole
        if page.count < Self.pageSize { break }
        if held.duration(to: .now) > longestHold {
          await dispatch(started)
          held = .now
        }
      }
    } catch {
      await dispatch(started)
      throw error
    }
    await dispatch(started)
    return isWhole
  }

  private func dispatch(_ started: StartedJobs) async {
    for (start, control) in started.take() { await starter?.begin(start, control) }
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
  private func decide(_ page: [DueJob], _ started: StartedJobs) async -> Bool {
    var undecided: [DueJob] = []
    var known: [DueJobState] = []
    for (jobs, found) in await read(page) {
      if let found { known += found } else { undecided += jobs }
    }
    await withTaskGroup(of: DueJob?.self) { group in
      for (index, job) in known.enumerated() {
        if index >= Self.decidedAtOnce, let failed = await group.next() ?? nil { undecided.append(failed) }
        group.addTask { await start(job, started) ? nil : job.due }
      }
      for await failed in group { if let failed { undecided.append(failed) } }
    }
    guard !undecided.isEmpty else { return true }
    // Whoever looks next may try, this node too.
    let failed = undecided
    try? await engine.store.node.write { for due in failed { try $0.cronDue.release(due) } }
    return false
  }

  /// What is known of the jobs of a page, some tens to a transaction; nil for those that can't be read now.
  private func read(_ page: [DueJob]) async -> [(jobs: [DueJob], found: [DueJobState]?)] {
    var parts: [[DueJob]] = []
    for jobs in Dictionary(grouping: page, by: \.tenant).values {
      for start in stride(from: 0, to: jobs.count, by: Self.readAtOnce) {
        parts.append(Array(jobs[start..<min(start + Self.readAtOnce, jobs.count)]))
      }
    }
    return await withTaskGroup(of: (jobs: [DueJob], found: [DueJobState]?).self) { group in
      for jobs in parts {
        group.addTask {
          do {
            return (jobs, try await engine.store.tenant(jobs[0].tenant).read { try DueJobState.read(jobs, in: $0) })
          } catch {
            engine.logger.warning(
              "cron.read_failed", metadata: ["tenant": "\(jobs[0].tenant)", "error": "\(error)"])
            return (jobs, nil)
          }
        }
      }
      var all: [(jobs: [DueJob], found: [DueJobState]?)] = []
      for await part in group { all.append(part) }
      return all
    }
  }

  /// Decides one time of a job; false if that has to be tried again.
  private func start(_ known: DueJobState, _ started: StartedJobs) async -> Bool {
    guard mayStart() else { return false }
    let due = known.due
    let now = engine.time.now
    let late = watch.lateness(of: due, now: now)
    do {
      let slot = DecideCronSlot(engine: engine, known: known, now: now, late: late, starter: starter)
      switch try await slot() {
      case .waits:
        FaultPoint.accepted.reached()
        engine.peers.tell(.work([.cron]))
        wake.signal([.cron])
      case .begun(let run, let control):
        FaultPoint.accepted.reached()
        started.add(run, control)
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

/// Runs that have begun and are to be worked on once others have begun too.
private final class StartedJobs: Sendable {
  private let runs = Mutex<[(StartedRun, RunControl)]>([])

  func add(_ run: StartedRun, _ control: RunControl) { runs.withLock { $0.append((run, control)) } }

  func take() -> [(StartedRun, RunControl)] {
    runs.withLock { runs in
      defer { runs = [] }
      return runs
    }
  }
}

/// Begins runs of jobs in the transaction that accepts them.
struct CronRunStarter: Sendable {
  let owner: NodeID
  /// A place for a run; nil if there is none.
  let reserve: @Sendable (RunID) -> RunControl?
  /// The run is this node's from now on: its lease is renewed.
  let began: @Sendable (StartedRun) -> Void
  /// Works on it.
  let begin: @Sendable (StartedRun, RunControl) async -> Void
  /// Gives a place back.
  let forget: @Sendable (RunID) -> Void
}

extension Engine {
  var scheduler: Scheduler {
    Scheduler(
      engine: parts, wake: wake, jobsChanged: jobsChanged, watch: cronWatch,
      starter: CronRunStarter(
        owner: node,
        reserve: { [self] run in parts.registry.reserve(run, lane: .cron, limit: limit(of: .cron)) },
        began: { [self] start in parts.registry.began(start.lease, in: start.record.address) },
        begin: { [self] start, control in await dispatch(start, control) },
        forget: { [self] run in forget(run) })
    ) { [self] in mayBegin }
  }
}
