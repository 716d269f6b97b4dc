import ClawCore
import ClawStore

extension RunWriter {
  /// Whether something was said to the run that it has not read. Locks nothing, unlike ``readInbox(after:also:)``.
  func hasUnread() async throws -> Bool {
    try await engine.persistently(of: record.id) { [self] in
      try await database.read { [record] in try !$0.inbox.entries(for: record.id, in: record.session).isEmpty }
    }
  }

  /// Puts what was said to the run while it was under way into the transcript, behind a step of its own.
  /// - Parameters:
  ///   - step: Taken in the same transaction; not taken if nothing was said.
  ///   - body: What else changes with it.
  /// - Returns: The number of the last message; nil if nothing was said.
  /// - Throws: ``LeaseLost``; ``AbortWins`` if the run is to be aborted, so that it reads nothing more.
  func readInbox(
    after step: RunStep = RunStep(), also body: @escaping @Sendable (TenantTransaction) throws -> Void = { _ in }
  ) async throws -> Int64? {
    let until = engine.time.now + engine.configuration.leaseDuration
    return try await engine.persistently(of: record.id) { [self] in
      try await database.write { [self] transaction in
        guard try transaction.sessionLocks.lock(record.session) else { throw LeaseLost() }
        let entries = try transaction.inbox.entries(for: record.id, in: record.session)
        guard !entries.isEmpty else { return nil }
        guard try transaction.queue.renew(lease, until: until) else { throw LeaseLost() }
        guard try transaction.runs.toAbort(of: [record.id]).isEmpty else { throw AbortWins() }
        let now = engine.time.now
        var step = step
        step.messages += entries.map { .user($0.message) }
        step.events = NewerFormat.events(step.events)
        let numbers = try transaction.sessions.advance(
          record.session,
          by: .init(
            messages: step.messages.count, events: step.events.count, isInTranscript: step.isInTranscript,
            usage: step.usage, model: step.model),
          at: now)
        try add(step, upTo: numbers, in: transaction, at: now)
        try transaction.inbox.remove(entries, of: record.session)
        try body(transaction)
        return numbers.lastMessage
      }
    }
  }
}
