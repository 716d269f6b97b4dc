import ClawCore
import ClawStore
import Logging
import Synchronization

/// Starts jobs at their due times. The store holds the due slots. Nodes share them page by page: a page is read at
/// once, each slot is decided in one transaction, and many are decided concurrently. The scheduler never waits for a
/// run, so a slow job delays no other. When many jobs are due at once, all runs are started before work on the first
/// begins.
struct Scheduler: Sendable {
  /// Due jobs claimed at once.
  private static let pageSize = 200
  /// Slots decided concurrently.
  private static let decidedAtOnce = 64
  /// Jobs read in one transaction.
  private static let readAtOnce = 50
  /// Shortest pause between two checks.
  private static let shortestPause = Duration.milliseconds(10)

  let engine: EngineParts
  let wake: LaneSignal
  let jobsChanged: LaneSignal
  let watch: MisfireClock
  /// Starts runs at once if their lane has a free slot; nil leaves them all to the dispatcher.
  var starter: CronRunStarter?
  /// The longest time that a started run waits for others to start.
  var longestHold = Duration.seconds(1)
  /// Whether new runs may start.
  let mayStart: @Sendable () -> Bool

  /// Runs until cancelled.
  func run() async {
    while !Task.isCancelled {
      let pause = mayStart() ? await startDue() : engine.configuration.pollInterval
      await wait(pause)
    }
  }

  /// Decides all due slots; returns how long to wait until the next check. Never longer than the poll interval: other
  /// nodes create jobs too, and the system clock may be set.
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
      // Undecided slots are retried after the poll interval, new ones are checked at once.
      if !isWhole { pause = poll } else if isAny { pause = Self.shortestPause }
      // Slots that are due and can't be claimed are claimed by another node.
      watch.ended(begun: begun, isWhole: isWhole && first ?? .distantFuture > now, next: now + pause)
      return pause
    } catch {
      watch.failed()
      engine.logger.warning("cron.look_failed", metadata: ["error": "\(error)"])
      return poll
    }
  }

  /// Decides page after page until nothing is due; false if some slots must be retried. Work on the runs begins once
  /// all have started, or after ``longestHold``.
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

  /// Claims a page of due slots, for long enough that no other node decides them meanwhile. Writes nothing if nothing
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

  /// Decides a page concurrently; false if some slots must be retried.
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
    // Any node may retry, this one included.
    let failed = undecided
    try? await engine.store.node.write { for due in failed { try $0.cronDue.release(due) } }
    return false
  }

  /// The state of the jobs of a page, some tens per transaction; nil for those that can't be read now.
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

  /// Decides one slot of a job; false if it must be retried.
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
        engine.peers.notify(.work([.cron]))
        wake.signal([.cron])
      case .begun(let run, let control):
        FaultPoint.accepted.reached()
        started.add(run, control)
      case .noRun: break
      }
      watch.decided(due)
      return true
    } catch {
      // The slot stays due and is retried at the next check.
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

/// Started runs on which work begins once others have started too.
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

/// Starts runs of jobs in the transaction that accepts them.
struct CronRunStarter: Sendable {
  let owner: NodeID
  /// Reserves a slot for a run; nil if the lane is full.
  let reserve: @Sendable (RunID) -> RunControl?
  /// The run is owned by this node from now on: its lease is renewed.
  let began: @Sendable (StartedRun) -> Void
  /// Begins work on it.
  let begin: @Sendable (StartedRun, RunControl) async -> Void
  /// Releases a slot.
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
