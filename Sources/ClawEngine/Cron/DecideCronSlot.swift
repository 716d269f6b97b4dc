import ClawCore
import ClawStore
import Logging

/// Decides the outcome of one slot of a job. The ledger row, the job's next slot, and the message with its run are one
/// transaction: a crash neither loses a slot nor runs it twice, and only one node decides it.
struct DecideCronSlot: Sendable {
  /// The outcome of a decision.
  enum Result: Sendable {
    /// A queued run.
    case waits
    /// A run started on this node.
    case begun(StartedRun, RunControl)
    case noRun
  }

  let engine: EngineParts
  let known: DueJobState
  let now: Timestamp
  /// By how much this process was late.
  let late: Duration
  let starter: CronRunStarter?

  private var due: DueJob { known.due }
  private var database: TenantDatabase { engine.store.tenant(due.tenant) }

  /// - Throws: If the store can't write now; nothing has changed then.
  func callAsFunction() async throws -> Result {
    let due = due
    guard let job = known.job else {
      _ = try await engine.store.node.write { try $0.cronDue.take(due) }
      return .noRun
    }
    if case .unknown = job.spec.schedule {
      // A newer version of the program knows this schedule and decides; here it stays due.
      throw ClawError(.failedPrecondition, "this version of the gateway does not know the schedule of this job")
    }
    let clock: ScheduleClock
    do {
      clock = try await ScheduleClock(job.spec.schedule, zones: engine.zones)
    } catch {
      return try await disable(because: "\(error.message); enable the job again once that is mended")
    }
    let next = clock.next(after: max(now, due.slot), anchor: job.createdAt)
    do {
      // Jobs of disabled users and tenants don't run.
      guard known.isOpen else { throw ClawError(.forbidden, "the user or the tenant of this job is switched off") }
      return try await decide(job, next: next)
    } catch is CronSlotBatch.Taken {
      return .noRun
    } catch is CronSlotBatch.Repeated {
      return try await moveOn(to: next)
    } catch let error as ClawError where error.kind != .infrastructure {
      return try await refuse(error, next: next)
    }
  }

  private func decide(_ job: CronJob, next: Timestamp?) async throws -> Result {
    switch outcome(for: job) {
    case .accepted: return try await accept(job, next: next)
    case .missed:
      let reason = "it was due at \(due.slot.rfc3339), the gateway came to it \(late) later, and misfire is skip"
      try await database.settle(
        slot(of: job, outcome: .missed, next: next, .status(.missed, because: reason)))
    case let other: try await database.settle(slot(of: job, outcome: other, next: next, .unchanged))
    }
    return .noRun
  }

  private func outcome(for job: CronJob) -> CronSlotOutcome {
    // Slots that fall due while the last run is in progress are not queued: a job slower than its interval would fall
    // behind for ever. A parked run, waiting for an approval say, does not block: the next run overtakes it.
    if job.lastStatus == .queued || job.lastStatus == .running { return .overlapped }
    return late > engine.configuration.misfireGrace && job.spec.misfire == .skip ? .missed : .accepted
  }

  /// Accepts a run and starts it at once if its lane has a free slot.
  private func accept(_ job: CronJob, next: Timestamp?) async throws -> Result {
    let (now, engine) = (now, engine)
    let run = RunID.generate(at: now)
    let control = starter?.reserve(run)
    let claim = starter.flatMap { starter in
      control.map { _ in
        AcceptBatch.Claim(owner: starter.owner, until: now + engine.configuration.leaseDuration)
      }
    }
    let slot = slot(of: job, outcome: .accepted, next: next, .run(run))
    let message = message(of: job, run: run, claim: claim)
    let start: StartedRun?
    do {
      start = try await database.settle(slot, accepting: message) { engine.accepted($0, watchedBy: nil, at: now) }
        .start?.run
    } catch {
      if control != nil { starter?.forget(run) }
      throw error
    }
    guard let control else { return .waits }
    guard let start else {
      starter?.forget(run)
      return .waits
    }
    starter?.began(start)
    return .begun(start, control)
  }

  private func address(of job: CronJob) -> SessionAddress {
    SessionAddress(tenant: due.tenant, user: job.user, key: job.session)
  }

  private func message(of job: CronJob, run: RunID, claim: AcceptBatch.Claim?) -> AcceptBatch {
    let inbound = Inbound(
      agent: job.spec.agent, session: job.session, user: job.user, message: UserMessage(job.spec.message), lane: .cron)
    return AcceptBatch(
      run: run, address: address(of: job), inbound: inbound, actor: RunActor(onBehalfOf: job.user), model: nil,
      source: Origin.cron.rawValue, fingerprint: "", claim: claim,
      eventBase: engine.hub.eventBase.load(ordering: .relaxed), rules: engine.acceptRules, now: now)
  }

  private func slot(
    of job: CronJob, outcome: CronSlotOutcome, next: Timestamp?, _ change: CronJobRepository.Change
  ) -> CronSlotBatch {
    CronSlotBatch(due: due, address: address(of: job), outcome: outcome, next: next, change: change, now: now)
  }

  /// Advances a job to its next slot without a ledger row.
  private func moveOn(to next: Timestamp?) async throws -> Result {
    let (due, now) = (due, now)
    try await database.write { transaction in
      guard try transaction.cronDue.take(due) else { return }
      try transaction.cronJobs.moveOn(due.job, to: next, at: now)
    }
    return .noRun
  }

  /// Records that the run could not be accepted, because its agent was deleted, say; the next slot is tried all the
  /// same.
  private func refuse(_ error: ClawError, next: Timestamp?) async throws -> Result {
    let (due, now) = (due, now)
    engine.logger.notice("cron.refused", metadata: ["job": "\(due.job)", "code": "\(error.code.rawValue)"])
    try await database.write { transaction in
      guard try transaction.cronDue.take(due) else { return }
      try transaction.cronJobs.moveOn(due.job, to: next, at: now)
      guard try transaction.cronSlots.note(due.slot, of: due.job, as: .refused, run: nil, at: now) else { return }
      try transaction.cronJobs.noteStatus(.failed, because: error.message, of: due.job)
    }
    return .noRun
  }

  /// Disables a job whose next slot can't be computed any more, because the system no longer has its time zone, say.
  private func disable(because reason: String) async throws -> Result {
    let (due, now) = (due, now)
    engine.logger.warning("cron.disabled", metadata: ["job": "\(due.job)", "reason": "\(reason)"])
    try await database.write { transaction in
      guard try transaction.cronDue.take(due) else { return }
      try transaction.cronJobs.setNext(nil, of: due.job, at: now)
      try transaction.cronJobs.noteStatus(.failed, because: reason, of: due.job)
    }
    return .noRun
  }
}
