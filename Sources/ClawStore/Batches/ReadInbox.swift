import ClawCore

extension TenantDatabase {
  /// Moves a run's unread inbox messages into the transcript, in a step of their own.
  /// - Parameters:
  ///   - batch: Written in the same transaction; not written if there are no messages.
  ///   - committed: As in ``write(_:committed:)-(StepBatch,_)``.
  /// - Returns: nil if there are no messages.
  /// - Throws: ``LeaseLost``; ``AbortWins`` if an abort of the run was requested, so that it reads nothing more.
  public func readInbox(
    after batch: StepBatch, committed: @escaping @Sendable (WrittenStep) -> Void
  ) async throws -> WrittenStep? {
    let run = batch.run
    return try await write { transaction in
      guard try transaction.sessionLocks.lock(run.session) else { throw LeaseLost() }
      let entries = try transaction.inbox.entries(for: run.id, in: run.session)
      guard !entries.isEmpty else { return nil }
      guard try transaction.queue.renew(run.lease, until: batch.time.now + batch.leaseDuration) else {
        throw LeaseLost()
      }
      guard try transaction.runs.toAbort(of: [run.id]).isEmpty else { throw AbortWins() }
      var batch = batch
      batch.step.messages += entries.map { .user($0.message) }
      let written = try transaction.write(batch)
      try transaction.inbox.remove(entries, of: run.session)
      transaction.afterCommit { committed(written) }
      return written
    }
  }
}
