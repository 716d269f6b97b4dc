import ClawCore

/// The outcome of one slot of a job.
public enum CronSlotOutcome: String, Sendable, Hashable, CaseIterable {
  /// A run was accepted for it.
  case accepted
  /// The time passed while no node was running.
  case missed
  /// The previous run had not ended.
  case overlapped
  /// The run was rejected.
  case refused
}

/// The ledger of jobs: one row per slot.
public struct CronSlotRepository {
  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO cron_slots (tenant_id, job_id, slot_at, outcome, run_id, decided_at) VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant_id, job_id, slot_at) DO NOTHING
    """)
  private static let ofJob = TenantStatement(
    """
    SELECT slot_at, outcome, run_id FROM cron_slots WHERE tenant_id = $1 AND job_id = $2
    ORDER BY slot_at DESC LIMIT $3
    """)
  private static let hasOlder = TenantStatement(
    "SELECT 1 FROM cron_slots WHERE tenant_id = $1 AND slot_at < $2 LIMIT 1")
  private static let forget = TenantStatement(
    """
    DELETE FROM cron_slots WHERE tenant_id = $1 AND (job_id, slot_at) IN
      (SELECT job_id, slot_at FROM cron_slots WHERE tenant_id = $1 AND slot_at < $2 ORDER BY slot_at LIMIT $3)
    """)

  /// Records the outcome of a slot; false if it is already recorded.
  public func note(
    _ slot: Timestamp, of job: JobID, as outcome: CronSlotOutcome, run: RunID?, at now: Timestamp
  ) throws -> Bool {
    try transaction.execute(
      Self.insert, .id(job), .time(slot), .text(outcome.rawValue), .optional(run?.rawValue), .time(now)) == 1
  }

  /// Records the outcome of a slot.
  /// - Parameter repeated: Error that a later statement throws if it is already recorded.
  func note(
    _ slot: Timestamp, of job: JobID, as outcome: CronSlotOutcome, run: RunID?, at now: Timestamp,
    orThrow repeated: any Error
  ) throws {
    try transaction.executePipelined(
      Self.insert, .id(job), .time(slot), .text(outcome.rawValue), .optional(run?.rawValue), .time(now)
    ) { changed in
      if changed != 1 { throw repeated }
    }
  }

  /// The latest slots of a job, newest first.
  public func latest(
    of job: JobID, limit: Int
  ) throws -> [(slot: Timestamp, outcome: CronSlotOutcome, run: RunID?)] {
    try transaction.query(Self.ofJob, .id(job), .int(limit)) { row in
      guard let outcome = CronSlotOutcome(rawValue: row.text(1)) else {
        throw ClawError(.internalError, "a slot has an outcome that this program does not know")
      }
      return (slot: row.time(0), outcome: outcome, run: row.optionalID(2))
    }
  }

  public func hasAny(before time: Timestamp) throws -> Bool {
    try !transaction.query(Self.hasOlder, .time(time)) { $0.int(0) }.isEmpty
  }

  /// Deletes slots before `time`, at most `limit`; returns how many.
  public func forget(before time: Timestamp, limit: Int = RowRemoval.batch) throws -> Int {
    try transaction.execute(Self.forget, .time(time), .int(limit))
  }
}

extension TenantTransaction {
  public var cronSlots: CronSlotRepository { CronSlotRepository(transaction: self) }
}
