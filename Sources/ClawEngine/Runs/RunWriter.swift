import ClawCore
import ClawStore
import Synchronization

/// Writes for one claimed run: every step checks and renews the lease, is durable before it is delivered, and waits
/// while the disk is full. A class, since it is passed from step to step.
final class RunWriter: Sendable {
  let engine: EngineParts
  let database: TenantDatabase
  let lease: Lease
  let record: RunRecord
  /// When the message was accepted, if that is the last time stored for this session.
  let acceptedAt: Timestamp?

  /// Whether budgets applied to the last model call.
  private let budgeted = Mutex(false)

  init(engine: EngineParts, database: TenantDatabase, lease: Lease, record: RunRecord, acceptedAt: Timestamp? = nil) {
    self.engine = engine
    self.database = database
    self.lease = lease
    self.record = record
    self.acceptedAt = acceptedAt
  }

  /// Writes a step; returns the number of its last message.
  /// - Throws: ``LeaseLost``; `CancellationError` if cancelled while the store rejects writes.
  @discardableResult
  func write(_ step: RunStep) async throws -> Int64 {
    let batch = batch(step)
    let written = try await engine.persistently(of: record.id) { [self] in
      try await database.write(batch) { [self] in committed($0) }
    }
    // Back-pressure: a run that produces events faster than they are delivered waits here.
    await engine.hub.fanOut.untilRoom(for: EventHub.Person(of: record.address))
    return written.lastMessage
  }

  /// Ends the run: one transaction stores its last step, its state and its last event, and removes it from the queue.
  /// - Parameter evenIfUnread: Whether it ends with unread messages, which then become runs of their own.
  /// - Throws: ``LeaseLost``; ``AbortWins`` if an abort was requested and this end is another one, or ``EndRefused`` if
  ///   it may be that or unread messages.
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

  /// Whether the run has unread messages. Locks nothing, unlike ``readInbox(after:)``.
  func hasUnread() async throws -> Bool {
    try await engine.persistently(of: record.id) { [self] in
      try await database.read { [record] in try !$0.inbox.entries(for: record.id, in: record.session).isEmpty }
    }
  }

  /// Appends messages that arrived during the run to the transcript, after a step of its own.
  /// - Parameter step: Written in the same transaction; not written if there are no messages.
  /// - Returns: The number of the last message; nil if there are none.
  /// - Throws: ``LeaseLost``; ``AbortWins`` if an abort was requested, so that it reads nothing more.
  func readInbox(after step: RunStep = RunStep()) async throws -> Int64? {
    let batch = batch(step)
    return try await engine.persistently(of: record.id) { [self] in
      try await database.readInbox(after: batch) { [self] in committed($0) }
    }?.lastMessage
  }

  /// Sets whether the steps that follow are charged to budgets.
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

  /// Delivers what was written. Called in commit order.
  private func committed(_ step: WrittenStep) {
    engine.transcripts.append(step.messages, to: record.session)
    engine.hub.publish(step.events)
  }
}
