import ClawCore
import ClawStore

/// One step of a turn: parks the run while its calls wait. A parked run consists only of rows: no task, slot, lease or
/// memory, until ``Engine/decide(_:of:as:by:)`` or ``WakeParkedRuns`` requeues it in its mailbox.
struct ParkRun: Sendable {
  let engine: EngineParts
  let writer: RunWriter

  enum Outcome: Sendable {
    case parked
    /// A call was decided meanwhile, or its wait has expired.
    case hasWork
    /// A message arrived, which the run must read instead of parking.
    case hasMessage
  }

  /// - Throws: ``LeaseLost``; ``AbortWins`` if an abort was requested.
  func callAsFunction() async throws -> Outcome {
    try await engine.persistently(of: writer.record.id) { try await writer.database.write { try park(in: $0) } }
  }

  private func park(in transaction: TenantTransaction) throws -> Outcome {
    let (record, now) = (writer.record, engine.time.now)
    guard try transaction.sessionLocks.lock(record.session) else { throw LeaseLost() }
    let calls = try transaction.toolCalls.open(of: record.id, in: record.session)
    let waits = calls.compactMap { $0.state == .waiting ? $0.wait : nil }
    guard let first = waits.min(by: { $0.until < $1.until }), waits.count == calls.count, first.until > now else {
      return .hasWork
    }
    if let message = try transaction.inbox.entries(for: record.id, in: record.session).last {
      let until = now + engine.configuration.leaseDuration
      guard try transaction.queue.renew(writer.lease, until: until) else { throw LeaseLost() }
      try transaction.interruptWait(of: record.id, in: record.session, by: message.actor.user, at: now)
      return .hasMessage
    }
    guard try transaction.queue.park(writer.lease, until: first.until) else { throw LeaseLost() }
    guard try transaction.runs.park(record.id) else { throw AbortWins() }
    // Other nodes find the event by the session's time of change: no run of it is in progress any more.
    let numbers = try transaction.sessions.advance(
      record.session, by: .init(events: 1, isInTranscript: true), at: now)
    let event = RunEvent(
      address: record.address, seq: numbers.lastEvent, run: record.id, at: now,
      body: .waiting(for: first.reason, until: first.until))
    try transaction.events.add([event], to: record.session)
    try transaction.queue.promote(record.session)
    transaction.afterCommit { [engine] in
      engine.registry.over(record.id)
      engine.hub.publish([event])
    }
    return .parked
  }
}
