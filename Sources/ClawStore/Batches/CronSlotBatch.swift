import ClawCore

/// The decision on one slot of a job, in one transaction: the ledger row, the job's next time and, if the job runs, its
/// message and run.
public struct CronSlotBatch: Sendable {
  public let due: DueJob
  /// The session of the job.
  public let address: SessionAddress
  public let outcome: CronSlotOutcome
  /// When the job is due next; nil if never.
  public let next: Timestamp?
  public let change: CronJobRepository.Change
  public let now: Timestamp

  public init(
    due: DueJob, address: SessionAddress, outcome: CronSlotOutcome, next: Timestamp?,
    change: CronJobRepository.Change, now: Timestamp
  ) {
    self.due = due
    self.address = address
    self.outcome = outcome
    self.next = next
    self.change = change
    self.now = now
  }

  /// Another node has taken the slot, or the job has been rescheduled.
  public struct Taken: Error {}
  /// The ledger already contains the slot.
  public struct Repeated: Error {}

  /// Checked before the commit.
  fileprivate func settle(run: RunID?, in transaction: TenantTransaction) throws {
    try transaction.cronJobs.settle(due.job, change, next: next, at: now)
    try transaction.cronDue.settle(due, next: next, orThrow: Taken())
    try transaction.cronSlots.note(due.slot, of: due.job, as: outcome, run: run, at: now, orThrow: Repeated())
  }
}

extension TenantDatabase {
  /// Records a slot without a run.
  /// - Throws: ``CronSlotBatch/Taken``, ``CronSlotBatch/Repeated``.
  public func settle(_ slot: CronSlotBatch) async throws {
    try await write(in: slot.address) { (transaction: TenantTransaction, result: DeferredResult<Void>) in
      try slot.settle(run: nil, in: transaction)
      result.set(())
    }
  }

  /// Records a slot of a job and accepts its message.
  /// - Parameter committed: As in ``accept(_:committed:)``.
  /// - Throws: As ``settle(_:)`` and ``accept(_:committed:)``.
  public func settle(
    _ slot: CronSlotBatch, accepting message: AcceptBatch,
    committed: @escaping @Sendable (AcceptedMessage) -> Void
  ) async throws -> AcceptedMessage {
    try await write(in: slot.address) { transaction, result in
      try slot.settle(run: message.run, in: transaction)
      try message.store(in: transaction) { accepted in
        transaction.afterCommit { committed(accepted) }
        result.set(accepted)
      }
    }
  }
}
