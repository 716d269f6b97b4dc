import ClawCore
import ClawJSON

/// Scheduled jobs. The next time is stored both here, for display, and in ``CronDueTable``, for the scheduler; both are
/// updated together.
public struct CronJobRepository {
  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO cron_jobs
      (tenant_id, id, user_id, name, agent_key, schedule, message, deliver, channel, target, misfire, next_at,
       finished_at, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $13)
    """)
  private static let byID = TenantStatement(
    """
    SELECT cron_jobs.id, cron_jobs.user_id, name, cron_jobs.agent_key, schedule, message, deliver, channel, target,
      misfire, next_at, last_run_at, last_run_id, last_status, last_error, cron_jobs.created_at, updated_at,
      runs.state, runs.failure
    FROM cron_jobs LEFT JOIN runs ON runs.tenant_id = $1 AND runs.id = cron_jobs.last_run_id
      AND EXISTS (SELECT 1 FROM sessions WHERE sessions.tenant_id = $1 AND sessions.id = runs.session_id)
    WHERE cron_jobs.tenant_id = $1 AND cron_jobs.id = $2
    """)
  private static let ofUser = TenantStatement(
    """
    SELECT cron_jobs.id, cron_jobs.user_id, name, cron_jobs.agent_key, schedule, message, deliver, channel, target,
      misfire, next_at, last_run_at, last_run_id, last_status, last_error, cron_jobs.created_at, updated_at,
      runs.state, runs.failure
    FROM cron_jobs LEFT JOIN runs ON runs.tenant_id = $1 AND runs.id = cron_jobs.last_run_id
      AND EXISTS (SELECT 1 FROM sessions WHERE sessions.tenant_id = $1 AND sessions.id = runs.session_id)
    WHERE cron_jobs.tenant_id = $1 AND cron_jobs.user_id = $2 AND ($3 = 1 OR next_at IS NOT NULL)
    ORDER BY cron_jobs.id LIMIT $4
    """)
  private static let all = TenantStatement(
    """
    SELECT cron_jobs.id, cron_jobs.user_id, name, cron_jobs.agent_key, schedule, message, deliver, channel, target,
      misfire, next_at, last_run_at, last_run_id, last_status, last_error, cron_jobs.created_at, updated_at,
      runs.state, runs.failure
    FROM cron_jobs LEFT JOIN runs ON runs.tenant_id = $1 AND runs.id = cron_jobs.last_run_id
      AND EXISTS (SELECT 1 FROM sessions WHERE sessions.tenant_id = $1 AND sessions.id = runs.session_id)
    WHERE cron_jobs.tenant_id = $1 AND ($2 = 1 OR next_at IS NOT NULL)
    ORDER BY cron_jobs.id LIMIT $3
    """)
  private static let count = TenantStatement(
    "SELECT COUNT(*) FROM cron_jobs WHERE tenant_id = $1 AND user_id = $2")
  private static let oldestFinished = TenantStatement(
    """
    SELECT id FROM cron_jobs WHERE tenant_id = $1 AND user_id = $2 AND finished_at > 0 ORDER BY finished_at LIMIT 1
    """)
  private static let setNext = TenantStatement(
    """
    UPDATE cron_jobs SET next_at = $3, finished_at = $4, updated_at = $5 WHERE tenant_id = $1 AND id = $2
    """)
  private static let moveOn = TenantStatement(
    "UPDATE cron_jobs SET next_at = $3, finished_at = $4 WHERE tenant_id = $1 AND id = $2")
  private static let settleRun = TenantStatement(
    """
    UPDATE cron_jobs SET next_at = $3, finished_at = $4, last_run_at = $5, last_run_id = $6, last_status = NULL,
      last_error = NULL
    WHERE tenant_id = $1 AND id = $2
    """)
  private static let settleStatus = TenantStatement(
    """
    UPDATE cron_jobs SET next_at = $3, finished_at = $4, last_run_id = NULL, last_status = $5, last_error = $6
    WHERE tenant_id = $1 AND id = $2
    """)
  private static let noteStatus = TenantStatement(
    """
    UPDATE cron_jobs SET last_run_id = NULL, last_status = $3, last_error = $4 WHERE tenant_id = $1 AND id = $2
    """)
  private static let remove = TenantStatement("DELETE FROM cron_jobs WHERE tenant_id = $1 AND id = $2")

  /// Most jobs in a list.
  public static let maxListed = 10_000

  public func job(_ id: JobID) throws -> CronJob? {
    try transaction.query(Self.byID, .id(id), read: Self.job(from:)).first
  }

  /// Jobs of a user, or of the tenant if `user` is nil; oldest first.
  public func jobs(of user: UserID?, includeDisabled: Bool) throws -> [CronJob] {
    guard let user else {
      return try transaction.query(Self.all, .bool(includeDisabled), .int(Self.maxListed), read: Self.job(from:))
    }
    return try transaction.query(
      Self.ofUser, .id(user), .bool(includeDisabled), .int(Self.maxListed), read: Self.job(from:))
  }

  public func count(of user: UserID) throws -> Int {
    try transaction.query(Self.count, .id(user)) { $0.int(0) }.first ?? 0
  }

  /// The user's one-time job that fired the longest ago.
  public func oldestFinished(of user: UserID) throws -> JobID? {
    let found: [JobID] = try transaction.query(Self.oldestFinished, .id(user)) { $0.id(0) }
    return found.first
  }

  public func add(_ job: CronJob) throws {
    let spec = job.spec
    try transaction.execute(
      Self.insert, .id(job.id), .id(job.user), .text(spec.name), .id(spec.agent),
      .text(spec.schedule.stored), .text(spec.message), .bool(spec.deliver), .optional(spec.channel),
      .optional(spec.to), .text(spec.misfire.rawValue), .optional(job.nextRunAt), .time(job.createdAt))
    try setDue(job.id, to: job.nextRunAt)
  }

  /// Enables a job with its next time, or disables it, on request.
  public func setNext(_ next: Timestamp?, of job: JobID, at now: Timestamp) throws {
    try transaction.execute(Self.setNext, .id(job), .optional(next), .integer(0), .time(now))
    try setDue(job, to: next)
  }

  /// Advances to the next time; without one the job is finished.
  public func moveOn(_ job: JobID, to next: Timestamp?, at now: Timestamp) throws {
    try transaction.execute(
      Self.moveOn, .id(job), .optional(next), .integer(next == nil ? now.milliseconds : 0))
    try setDue(job, to: next)
  }

  /// What a decided slot changes in its job.
  public enum Change: Sendable {
    /// A run was accepted; its status is read from the run.
    case run(RunID)
    /// There is no run, with the reason.
    case status(CronStatus, because: String)
    case unchanged
  }

  /// Advances to the next time after a slot was decided; without one the job is finished. The due time is updated by
  /// ``CronDueTable/settle(_:next:orThrow:)``.
  public func settle(_ job: JobID, _ change: Change, next: Timestamp?, at now: Timestamp) throws {
    let finished = SQLValue.integer(next == nil ? now.milliseconds : 0)
    switch change {
    case .run(let run):
      try transaction.executePipelined(Self.settleRun, .id(job), .optional(next), finished, .time(now), .id(run))
    case .status(let status, let reason):
      try transaction.executePipelined(
        Self.settleStatus, .id(job), .optional(next), finished, .text(status.rawValue), .text(reason))
    case .unchanged: try transaction.executePipelined(Self.moveOn, .id(job), .optional(next), finished)
    }
  }

  /// Records why there is no run.
  public func noteStatus(_ status: CronStatus, because error: String, of job: JobID) throws {
    try transaction.execute(Self.noteStatus, .id(job), .text(status.rawValue), .text(error))
  }

  /// Deletes a job. The transcripts of its runs stay.
  /// - Returns: The rows still to be removed, which are no longer visible. Record it in the same transaction.
  func detach(_ job: JobID) throws -> Removal {
    // Locks the due time first, in the same order as a decision does.
    try transaction.cronDue.remove(job)
    try transaction.execute(Self.remove, .id(job))
    return Removal(.job, job.rawValue, of: transaction.tenant)
  }

  /// Deletes a job. The transcripts of its runs stay.
  /// - Returns: Whether nothing is left to remove.
  public func remove(_ job: JobID, at time: Timestamp) throws -> Bool {
    try transaction.rowRemoval.begin(detach(job), at: time)
  }

  private func setDue(_ job: JobID, to next: Timestamp?) throws {
    if let next {
      try transaction.cronDue.set(job, of: transaction.tenant, to: next)
    } else {
      try transaction.cronDue.remove(job)
    }
  }

  private static func job(from row: any SQLRow) throws -> CronJob {
    let spec = CronJobSpec(
      name: row.text(2), agent: row.id(3), schedule: Schedule(stored: row.text(4)),
      message: row.text(5), deliver: row.bool(6), channel: row.optionalText(7), to: row.optionalText(8),
      misfire: MisfirePolicy(rawValue: row.text(9)) ?? .skip)
    let runState = row.optionalText(17).flatMap { RunState(rawValue: $0) }
    let failure = row.optionalText(18).map(RunFailure.init(stored:))
    return CronJob(
      id: row.id(0), user: row.id(1), spec: spec, isEnabled: !row.isNull(10),
      nextRunAt: row.isNull(10) ? nil : row.time(10), lastRunAt: row.isNull(11) ? nil : row.time(11),
      lastRun: row.optionalID(12),
      lastStatus: runState.map { CronStatus($0) } ?? row.optionalText(13).flatMap { CronStatus(rawValue: $0) },
      lastError: failure?.message ?? row.optionalText(14), createdAt: row.time(15), updatedAt: row.time(16))
  }
}

extension TenantTransaction {
  public var cronJobs: CronJobRepository { CronJobRepository(transaction: self) }
  /// Due jobs, looked up across tenants.
  public var cronDue: CronDueTable { node.cronDue }
}
