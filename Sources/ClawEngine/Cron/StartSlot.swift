import ClawCore
import ClawStore
import Logging

/// Decides what becomes of one time of a job. The row of the ledger, the job's next time, and the message with its run
/// are one transaction: a crash neither loses a time nor runs it twice, and of several nodes one alone gets it.
struct StartSlot: Sendable {
  let engine: EngineParts
  let due: DueJob
  let now: Timestamp

  private var database: TenantDatabase { engine.store.tenant(due.tenant) }

  /// Returns nil if there was nothing to decide any more.
  /// - Throws: If the store can't take it now; nothing has changed then.
  func callAsFunction() async throws -> CronSlotOutcome? {
    let due = due
    guard let job = try await database.read({ try $0.cronJobs.job(due.job) }) else {
      _ = try await engine.store.node.write { try $0.cronDue.take(due) }
      return nil
    }
    if case .unknown = job.spec.schedule {
      // Another version of the program knows it, and decides; here it stays due.
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
      return try await decide(next: next)
    } catch let error as ClawError where error.kind != .infrastructure {
      return try await refuse(error, next: next)
    }
  }

  private func decide(next: Timestamp?) async throws -> CronSlotOutcome? {
    let (due, now, engine) = (due, now, engine)
    let grace = engine.configuration.misfireGrace
    return try await database.write { transaction -> CronSlotOutcome? in
      guard try transaction.cronDue.take(due), let job = try transaction.cronJobs.job(due.job) else { return nil }
      try Self.checkStanding(of: job.user, in: transaction)
      try transaction.cronJobs.moveOn(job.id, to: next, at: now)
      let run = RunID.generate(at: now)
      let outcome = Self.outcome(of: due.slot, for: job, now: now, grace: grace)
      let isNew = try transaction.cronSlots.note(
        due.slot, of: job.id, as: outcome, run: outcome == .accepted ? run : nil, at: now)
      guard isNew else { return nil }
      switch outcome {
      case .accepted:
        try Self.request(for: job, run: run, tenant: due.tenant, engine: engine, now: now)
          .store(in: transaction, of: engine)
        try transaction.cronJobs.noteRun(run, of: job.id, at: now)
      case .missed:
        try transaction.cronJobs.noteStatus(
          .missed, because: "the gateway did not run at \(due.slot.rfc3339), and misfire is skip", of: job.id)
      case .overlapped, .refused:
        break
      }
      return outcome
    }
  }

  /// Jobs of whoever was switched off stand still.
  private static func checkStanding(of user: UserID, in transaction: TenantTransaction) throws {
    guard try transaction.tenants.tenant(transaction.tenant)?.status == .active,
      try transaction.users.user(user)?.isDisabled != true
    else { throw ClawError(.forbidden, "the user or the tenant of this job is switched off") }
  }

  private static func outcome(
    of slot: Timestamp, for job: CronJob, now: Timestamp, grace: Duration
  ) -> CronSlotOutcome {
    // Times that come while the last run still goes on are not saved up: a job that is slower than its interval would
    // fall behind for ever.
    if job.lastStatus == .queued || job.lastStatus == .running { return .overlapped }
    return now - slot > grace && job.spec.misfire == .skip ? .missed : .accepted
  }

  private static func request(
    for job: CronJob, run: RunID, tenant: TenantID, engine: EngineParts, now: Timestamp
  ) throws -> AcceptRequest {
    let inbound = Inbound(
      agent: job.spec.agent, session: job.session, user: job.user, message: UserMessage(job.spec.message), lane: .cron)
    return AcceptRequest(
      run: run, address: SessionAddress(tenant: tenant, user: job.user, key: job.session), inbound: inbound,
      actor: RunActor(onBehalfOf: job.user), model: nil, source: Origin.cron.rawValue, fingerprint: "",
      claim: nil, now: now)
  }

  /// Notes that the run could not be accepted, such as for an agent that is gone; the next time is tried all the same.
  private func refuse(_ error: ClawError, next: Timestamp?) async throws -> CronSlotOutcome? {
    let (due, now) = (due, now)
    engine.logger.notice("cron.refused", metadata: ["job": "\(due.job)", "code": "\(error.code.rawValue)"])
    return try await database.write { transaction -> CronSlotOutcome? in
      guard try transaction.cronDue.take(due) else { return nil }
      try transaction.cronJobs.moveOn(due.job, to: next, at: now)
      guard try transaction.cronSlots.note(due.slot, of: due.job, as: .refused, run: nil, at: now) else { return nil }
      try transaction.cronJobs.noteStatus(.failed, because: error.message, of: due.job)
      return .refused
    }
  }

  /// Stops a job whose times can't be told any more, such as for a zone that the system no longer has.
  private func disable(because reason: String) async throws -> CronSlotOutcome? {
    let (due, now) = (due, now)
    engine.logger.warning("cron.disabled", metadata: ["job": "\(due.job)", "reason": "\(reason)"])
    return try await database.write { transaction -> CronSlotOutcome? in
      guard try transaction.cronDue.take(due) else { return nil }
      try transaction.cronJobs.setNext(nil, of: due.job, at: now)
      try transaction.cronJobs.noteStatus(.failed, because: reason, of: due.job)
      return .refused
    }
  }
}
