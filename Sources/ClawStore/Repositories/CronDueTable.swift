import ClawCore

/// A job whose time has come.
public struct DueJob: Sendable, Hashable {
  public let tenant: TenantID
  public let job: JobID
  /// The time that it is due for.
  public let slot: Timestamp

  public init(tenant: TenantID, job: JobID, slot: Timestamp) {
    self.tenant = tenant
    self.job = job
    self.slot = slot
  }
}

/// When which job is due, across tenants and without content.
public struct CronDueTable {
  let node: NodeTransaction

  private static let put = NodeStatement(
    """
    INSERT INTO cron_due (job_id, tenant_id, due_at) VALUES ($1, $2, $3)
    ON CONFLICT (job_id) DO UPDATE SET due_at = excluded.due_at
    """)
  private static let take = NodeStatement("DELETE FROM cron_due WHERE job_id = $1 AND due_at = $2")
  private static let remove = NodeStatement("DELETE FROM cron_due WHERE job_id = $1")
  private static let due = NodeStatement(
    """
    SELECT tenant_id, job_id, due_at FROM cron_due
    WHERE due_at <= $1 AND (due_at > $2 OR (due_at = $2 AND job_id > $3))
    ORDER BY due_at, job_id LIMIT $4
    """)
  private static let next = NodeStatement("SELECT due_at FROM cron_due ORDER BY due_at LIMIT 1")

  public func set(_ job: JobID, of tenant: TenantID, to time: Timestamp) throws {
    try node.execute(Self.put, .id(job), .id(tenant), .time(time))
  }

  /// Takes a time out; false if somebody else has, or if the job is due at another time by now. Who takes it has the
  /// job for the rest of the transaction.
  public func take(_ due: DueJob) throws -> Bool {
    try node.execute(Self.take, .id(due.job), .time(due.slot)) == 1
  }

  public func remove(_ job: JobID) throws {
    try node.execute(Self.remove, .id(job))
  }

  /// Jobs whose time has come, the longest overdue first, in pages.
  public func due(at now: Timestamp, after last: DueJob?, limit: Int) throws -> [DueJob] {
    try node.query(
      Self.due, .time(now), .integer(last?.slot.milliseconds ?? -1), .text(last?.job.rawValue ?? ""), .int(limit)
    ) { DueJob(tenant: $0.id(0), job: $0.id(1), slot: $0.time(2)) }
  }

  /// When something is due next.
  public func next() throws -> Timestamp? {
    try node.query(Self.next) { $0.time(0) }.first
  }
}

extension NodeTransaction {
  public var cronDue: CronDueTable { CronDueTable(node: self) }
}
