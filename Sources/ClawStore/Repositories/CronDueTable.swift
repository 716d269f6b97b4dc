import ClawCore

/// A job that is due.
public struct DueJob: Sendable, Hashable {
  public let tenant: TenantID
  public let job: JobID
  /// The scheduled time.
  public let slot: Timestamp

  public init(tenant: TenantID, job: JobID, slot: Timestamp) {
    self.tenant = tenant
    self.job = job
    self.slot = slot
  }
}

/// Due times of jobs, across tenants and without user content.
public struct CronDueTable {
  let node: NodeTransaction

  private static let put = NodeStatement(
    """
    INSERT INTO cron_due (job_id, tenant_id, due_at, lease_until) VALUES ($1, $2, $3, 0)
    ON CONFLICT (job_id) DO UPDATE SET due_at = excluded.due_at, lease_until = 0
    """)
  private static let take = NodeStatement("DELETE FROM cron_due WHERE job_id = $1 AND due_at = $2")
  private static let moveOn = NodeStatement(
    "UPDATE cron_due SET due_at = $3, lease_until = 0 WHERE job_id = $1 AND due_at = $2")
  private static let remove = NodeStatement("DELETE FROM cron_due WHERE job_id = $1")
  private static let isAny = NodeStatement(
    "SELECT 1 FROM cron_due WHERE due_at <= $1 AND lease_until < $1 LIMIT 1")
  private static let claim = NodeStatement(
    """
    WITH page AS MATERIALIZED (
      SELECT job_id AS id FROM cron_due WHERE due_at <= $1 AND lease_until < $1
      ORDER BY due_at, job_id LIMIT $3 /* claiming */)
    UPDATE cron_due SET lease_until = $2 FROM page WHERE job_id = page.id RETURNING tenant_id, job_id, due_at
    """, claims: true)
  private static let release = NodeStatement(
    "UPDATE cron_due SET lease_until = 0 WHERE job_id = $1 AND due_at = $2")
  private static let releaseAll = NodeStatement("UPDATE cron_due SET lease_until = 0 WHERE lease_until > 0")
  private static let next = NodeStatement("SELECT due_at FROM cron_due ORDER BY due_at LIMIT 1")
  private static let nextAfter = NodeStatement(
    "SELECT due_at FROM cron_due WHERE due_at > $1 ORDER BY due_at LIMIT 1")

  public func set(_ job: JobID, of tenant: TenantID, to time: Timestamp) throws {
    try node.execute(Self.put, .id(job), .id(tenant), .time(time))
  }

  /// Removes a due time; false if another transaction has, or if the job has been rescheduled. Locks the row for the
  /// rest of the transaction.
  public func take(_ due: DueJob) throws -> Bool {
    try node.execute(Self.take, .id(due.job), .time(due.slot)) == 1
  }

  public func remove(_ job: JobID) throws {
    try node.execute(Self.remove, .id(job))
  }

  /// Advances a job to its next time, or removes it.
  /// - Parameter gone: Error that a later statement throws if another transaction was first, or if the job has been
  ///   rescheduled.
  func settle(_ due: DueJob, next: Timestamp?, orThrow gone: any Error) throws {
    let check: (Int) throws -> Void = { changed in if changed != 1 { throw gone } }
    guard let next else { return try node.executePipelined(Self.take, .id(due.job), .time(due.slot), check: check) }
    try node.executePipelined(Self.moveOn, .id(due.job), .time(due.slot), .time(next), check: check)
  }

  /// Whether any due job is unclaimed.
  public func isAny(at now: Timestamp) throws -> Bool {
    try !node.query(Self.isAny, .time(now)) { $0.int(0) }.isEmpty
  }

  /// Claims due jobs, the longest overdue first. No other claim returns them until the lease ends; the claimer still
  /// has to check that the due time is unchanged.
  public func claim(at now: Timestamp, until: Timestamp, limit: Int) throws -> [DueJob] {
    try node.query(Self.claim, .time(now), .time(until), .int(limit)) { row in
      DueJob(tenant: row.id(0), job: row.id(1), slot: row.time(2))
    }.sorted { ($0.slot, $0.job.rawValue) < ($1.slot, $1.job.rawValue) }
  }

  /// Releases the claim on a job that could not be decided.
  public func release(_ due: DueJob) throws {
    try node.executePipelined(Self.release, .id(due.job), .time(due.slot))
  }

  /// Releases all claims. For the startup of the only process.
  public func releaseAll() throws {
    try node.execute(Self.releaseAll)
  }

  /// The next due time.
  public func next() throws -> Timestamp? {
    try node.query(Self.next) { $0.time(0) }.first
  }

  /// The next due time after `now`.
  public func next(after now: Timestamp) throws -> Timestamp? {
    try node.query(Self.nextAfter, .time(now)) { $0.time(0) }.first
  }
}

extension NodeTransaction {
  public var cronDue: CronDueTable { CronDueTable(node: self) }
}
