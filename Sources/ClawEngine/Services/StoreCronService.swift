import ClawCore
import ClawJSON
import ClawStore

/// Creates, changes and lists jobs. The ``Scheduler`` runs them.
struct StoreCronService: CronService {
  let store: Store
  let configuration: EngineConfiguration
  let time: TimeSource
  let zones: ZoneFileLibrary
  /// Wakes the scheduler when due times of jobs have changed.
  let jobsChanged: LaneSignal
  /// Wakes the ``RemovalWorker`` when a deleted object still has rows.
  let removals: LaneSignal

  /// Limits: name in characters; channel and address in bytes.
  private static let (maxName, maxAddress) = (200, 1024)

  func jobs(of user: UserID?, includeDisabled: Bool, as principal: Principal) async throws -> [CronJob] {
    let named = try user.map { other throws(ClawError) in try principal.acting(for: other) }
    let shown = named ?? (principal.seesAllUsers ? nil : principal.user)
    return try await store.tenant(principal.tenant).read {
      try $0.cronJobs.jobs(of: shown, includeDisabled: includeDisabled)
    }
  }

  func create(_ spec: CronJobSpec, for user: UserID?, as principal: Principal) async throws -> CronJob {
    let owner = try principal.acting(for: user)
    try validate(spec)
    let clock = try await ScheduleClock(spec.schedule, zones: zones)
    let now = time.now
    let job = CronJob(
      id: .generate(at: now), user: owner, spec: spec, isEnabled: true,
      nextRunAt: try first(of: spec.schedule, clock, now: now), createdAt: now, updatedAt: now)
    let limit = configuration.maxJobsPerUser
    try await store.tenant(principal.tenant).write { transaction in
      guard try transaction.agents.agent(spec.agent) != nil else {
        throw ClawError(.notFound, "agent not found: \(spec.agent)")
      }
      try makeRoom(for: owner, limit: limit, in: transaction, at: now)
      try transaction.cronJobs.add(job)
    }
    jobsChanged.signal([.cron])
    return job
  }

  private func validate(_ spec: CronJobSpec) throws(ClawError) {
    guard (1...Self.maxName).contains(spec.name.count), !spec.name.isBlank,
      !spec.name.containsControlCharacters
    else {
      throw ClawError(field: .name, "must be 1 to \(Self.maxName) characters, without control characters")
    }
    guard !spec.message.isBlank else {
      throw ClawError(field: .message, "must not be empty")
    }
    guard spec.message.utf8.count <= configuration.maxMessageBytes else {
      throw ClawError(field: .message, "must be at most \(configuration.maxMessageBytes) bytes long")
    }
    for (field, value) in [(ClawError.Field.channel, spec.channel), (.receiver, spec.to)] {
      guard let value else { continue }
      guard (1...Self.maxAddress).contains(value.utf8.count), !value.containsControlCharacters else {
        throw ClawError(field: field, "must be 1 to \(Self.maxAddress) bytes long, without control characters")
      }
    }
  }

  /// The first slot of a new job. A one-off time may have passed just now: clocks differ, and the request took a while.
  private func first(of schedule: Schedule, _ clock: ScheduleClock, now: Timestamp) throws(ClawError) -> Timestamp {
    if case .at(let time) = schedule {
      guard now - time <= configuration.misfireGrace else {
        throw ClawError(field: .moment, "is in the past: it is now \(now.rfc3339)")
      }
      return time
    }
    guard let next = clock.next(after: now, anchor: now) else {
      throw ClawError(field: .schedule, "never fires: no date matches it")
    }
    return next
  }

  /// At the limit, removes the oldest finished one-off job; no other job is removed for a new one.
  private func makeRoom(
    for user: UserID, limit: Int, in transaction: TenantTransaction, at now: Timestamp
  ) throws {
    guard try transaction.cronJobs.count(of: user) >= limit else { return }
    guard let finished = try transaction.cronJobs.oldestFinished(of: user) else {
      throw ClawError(
        .resourceExhausted, "there are \(limit) jobs already, which is the limit; delete one first",
        details: [.limit: .integer(Int64(limit))], retryAfter: .seconds(60))
    }
    try remove(finished, in: transaction, at: now)
  }

  private func remove(_ job: JobID, in transaction: TenantTransaction, at now: Timestamp) throws {
    if try !transaction.cronJobs.remove(job, at: now) {
      transaction.afterCommit { removals.signal() }
    }
  }

  func delete(_ job: JobID, as principal: Principal) async throws {
    let now = time.now
    try await store.tenant(principal.tenant).write { transaction in
      _ = try Self.visible(job, in: transaction, to: principal)
      try remove(job, in: transaction, at: now)
    }
  }

  func setEnabled(_ isEnabled: Bool, of job: JobID, as principal: Principal) async throws -> CronJob {
    let database = store.tenant(principal.tenant)
    let known = try await database.read { try Self.visible(job, in: $0, to: principal) }
    guard known.isEnabled != isEnabled else { return known }
    let now = time.now
    var next: Timestamp?
    if isEnabled {
      let clock = try await ScheduleClock(known.spec.schedule, zones: zones)
      next = clock.next(after: now, anchor: known.createdAt)
      guard next != nil else {
        throw ClawError(.failedPrecondition, "the time of this job has passed; make a new job")
      }
    }
    let changed = try await database.write { [next] transaction in
      _ = try Self.visible(job, in: transaction, to: principal)
      try transaction.cronJobs.setNext(next, of: job, at: now)
      return try Self.visible(job, in: transaction, to: principal)
    }
    jobsChanged.signal([.cron])
    return changed
  }

  private static func visible(
    _ job: JobID, in transaction: TenantTransaction, to principal: Principal
  ) throws -> CronJob {
    guard let found = try transaction.cronJobs.job(job), principal.maySee(found.user) else {
      throw ClawError(.notFound, "job not found: \(String(job.rawValue.prefix(64)))")
    }
    return found
  }
}
