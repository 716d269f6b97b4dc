import ClawCore
import ClawStore
import Synchronization

/// Writes for one claimed run: every step checks and renews the lease, is durable before it is shown, and waits where
/// the disk is full. A class, since it is handed from step to step.
final class RunWriter: Sendable {
  let engine: EngineParts
  let database: TenantDatabase
  let lease: Lease
  let record: RunRecord
  /// When the message was accepted, if that is this session's last change of time.
  let acceptedAt: Timestamp?

  /// Whether budgets applied to the call of a model that was made last.
  private let budgeted = Mutex(false)

  init(engine: EngineParts, database: TenantDatabase, lease: Lease, record: RunRecord, acceptedAt: Timestamp? = nil) {
    self.engine = engine
    self.database = database
    self.lease = lease
    self.record = record
    self.acceptedAt = acceptedAt
  }

  /// Takes a step; returns the number of its last message.
  /// - Throws: ``LeaseLost``; `CancellationError` if cancelled while the store takes nothing.
  @discardableResult
  func write(_ step: RunStep) async throws -> Int64 {
    let batch = batch(step)
    let written = try await engine.persistently(of: record.id) { [self] in
      try await database.write(batch) { [self] in committed($0) }
    }
    // Whoever says more than can be shown waits here.
    await engine.hub.fanOut.untilRoom(for: EventHub.Person(of: record.address))
    return written.lastMessage
  }

  /// Ends the run: its last step, its state and its last event are one transaction, and take it out of the queue.
  /// - Parameter evenIfUnread: Whether it ends with something unread, which then becomes runs of their own.
  /// - Throws: ``LeaseLost``; ``AbortWins`` if it was to be aborted and this end is another one, or ``EndRefused`` where
  ///   it may be that as well as something unread.
  func end(
    _ step: RunStep, as end: RunEnd, evenIfUnread: Bool = true, ended: @escaping @Sendable (_ hasMore: Bool) -> Void
  ) async throws {
    let batch = EndBatch(end, last: batch(step), evenIfUnread: evenIfUnread)
    try await engine.persistently(of: record.id) { [self] in
      try await database.write(batch) { [self] written in
        engine.registry.over(record.id)
        committed(written.last)
        if let unread = written.unread { engine.requeued(unread) }
        ended(written.hasMore)
      }
    }
  }

  /// Whether something was said to the run that it has not read. Locks nothing, unlike ``readInbox(after:)``.
  func hasUnread() async throws -> Bool {
    try await engine.persistently(of: record.id) { [self] in
      try await database.read { [record] in try !$0.inbox.entries(for: record.id, in: record.session).isEmpty }
    }
  }

  /// Puts what was said to the run while it was under way into the transcript, behind a step of its own.
  /// - Parameter step: Taken in the same transaction; not taken if nothing was said.
  /// - Returns: The number of the last message; nil if nothing was said.
  /// - Throws: ``LeaseLost``; ``AbortWins`` if the run is to be aborted, so that it reads nothing more.
  func readInbox(after step: RunStep = RunStep()) async throws -> Int64? {
    let batch = batch(step)
    return try await engine.persistently(of: record.id) { [self] in
      try await database.readInbox(after: batch) { [self] in committed($0) }
    }?.lastMessage
  }

  /// Whether the steps that follow spend something.
  func setBudgeted(_ isBudgeted: Bool) { budgeted.withLock { $0 = isBudgeted } }

  private func batch(_ step: RunStep) -> StepBatch {
    var step = step
    let spent = step.spent ?? step.usage.inputTokens + step.usage.outputTokens
    step.spent = spent > 0 && budgeted.withLock { $0 } ? spent : nil
    return batch(of: step)
  }

  private func batch(of step: RunStep) -> StepBatch {
    StepBatch(
      step, of: ClaimedRun(record, lease), time: engine.time, leaseDuration: engine.configuration.leaseDuration,
      lastChange: acceptedAt)
  }

  /// Shows what was written. Called in the order of commits.
  private func committed(_ step: WrittenStep) {
    engine.transcripts.append(step.messages, to: record.session)
    engine.hub.publish(step.events)
  }
}
