import ClawCore

/// One step of a claimed run, in one transaction, which also checks and renews the lease and advances the session's
/// counters.
public struct StepBatch: Sendable {
  public let run: ClaimedRun
  public internal(set) var step: RunStep
  public let time: TimeSource
  /// How long the lease is renewed for.
  public let leaseDuration: Duration
  /// When the session was last changed, if known.
  public let lastChange: Timestamp?

  public init(
    _ step: RunStep, of run: ClaimedRun, time: TimeSource, leaseDuration: Duration, lastChange: Timestamp? = nil
  ) {
    self.run = run
    self.step = step
    self.step.events = NewerFormat.events(step.events)
    self.time = time
    self.leaseDuration = leaseDuration
    self.lastChange = lastChange
  }
}

/// The end of a claimed run, in one transaction: its last step, state, last event, and outbox row.
public struct EndBatch: Sendable {
  public let last: StepBatch
  public let end: RunEnd
  /// Whether the run may end with unread messages, which then become runs of their own.
  public let evenIfUnread: Bool

  /// - Parameter last: The last step of the run.
  public init(_ end: RunEnd, last: StepBatch, evenIfUnread: Bool) {
    self.last = last
    self.end = end
    self.evenIfUnread = evenIfUnread
  }
}

/// What a step added.
public struct WrittenStep: Sendable {
  public let messages: [TranscriptMessage]
  public let events: [RunEvent]
  /// The number of the session's last message.
  public let lastMessage: Int64
}

/// What the end of a run added.
public struct WrittenEnd: Sendable {
  public let last: WrittenStep
  /// Whether another run of the session is queued.
  public let hasMore: Bool
  /// The messages that the run had not read.
  public let unread: RequeuedMessages?
}

extension TenantDatabase {
  /// Writes a step.
  /// - Parameter committed: Called once after the commit, in commit order, before this returns. Must be short.
  /// - Throws: ``LeaseLost``; ``ClawError`` `unavailable` if the store can't accept it.
  public func write(
    _ batch: StepBatch, committed: @escaping @Sendable (WrittenStep) -> Void
  ) async throws -> WrittenStep {
    do {
      return try await write(in: batch.run.address) { transaction, result in
        try batch.advance(in: transaction, endedRuns: 0) {
          try transaction.queue.renew(batch.run.lease, until: batch.time.now + batch.leaseDuration) {
            throw LeaseLost()
          }
          try batch.changeRun(in: transaction)
        } then: { position, now in
          let written = try batch.add(upTo: position, at: now, in: transaction)
          transaction.afterCommit { committed(written) }
          result.set(written)
        }
      }
    } catch is SessionGone {
      throw LeaseLost()
    }
  }

  /// Ends a run and removes it from the queue.
  /// - Parameter committed: As in ``write(_:committed:)-(StepBatch,_)``.
  /// - Throws: ``LeaseLost``; ``AbortWins`` if an abort was requested and this end is another one, or ``EndRefused`` if
  ///   it may be either that or unread messages.
  public func write(_ batch: EndBatch, committed: @escaping @Sendable (WrittenEnd) -> Void) async throws {
    let (last, run) = (batch.last, batch.last.run)
    do {
      try await write(in: run.address) { (transaction: TenantTransaction, result: DeferredResult<Void>) in
        try last.advance(in: transaction, endedRuns: 1) {
          try transaction.queue.remove(run.lease, orThrow: LeaseLost())
          try transaction.runs.end(
            run.id, as: batch.end, evenIfUnread: batch.evenIfUnread, at: last.time.now,
            orThrow: batch.evenIfUnread ? AbortWins() : EndRefused())
          if last.step.interruptsCalls {
            try transaction.toolCalls.interruptOpen(of: run.id, in: run.session, at: last.time.now)
          }
        } then: { position, now in
          let written = try batch.add(upTo: position, at: now, in: transaction)
          transaction.afterCommit { committed(written) }
          result.set(())
        }
      }
    } catch is SessionGone {
      throw LeaseLost()
    }
  }
}

extension StepBatch {
  /// Granularity of a session's time of change. Within it the time is not updated, since that would cost as much as the
  /// rest of the step.
  public static let timeGrain: Duration = .seconds(1)

  /// Advances the session's counters, which locks its row first; see `Docs/design/store.md`.
  /// - Parameters:
  ///   - meanwhile: Further changes. Sent after the statement, before its result has arrived.
  ///   - then: Receives the counters and the time.
  fileprivate func advance(
    in transaction: TenantTransaction, endedRuns: Int, meanwhile: () throws -> Void,
    then: @escaping (SessionRepository.SessionPosition, Timestamp) throws -> Void
  ) throws {
    let now = time.now
    let isRecent = lastChange.map { now < $0 + Self.timeGrain } ?? false
    try transaction.sessions.advance(
      run.session,
      by: .init(
        messages: step.messages.count, events: step.events.count, isInTranscript: step.isInTranscript,
        usage: step.usage, model: step.model, endedRuns: endedRuns),
      at: isRecent ? nil : now, meanwhile: meanwhile
    ) { try then($0, now) }
  }

  /// What the step changes in the run itself.
  fileprivate func changeRun(in transaction: TenantTransaction) throws {
    let now = time.now
    if let usage = step.roundUsage { try transaction.runs.addRound(usage, to: run.id) }
    if let start = step.windowStart { try transaction.sessions.moveWindow(of: run.session, to: start) }
    for change in step.calls { try note(change, at: now, in: transaction.toolCalls) }
  }

  private func note(_ change: ToolCallChange, at now: Timestamp, in calls: ToolCallRepository) throws {
    switch change {
    case .asked(let new): try calls.add(new, round: step.round, of: run.id, in: run.session, at: now)
    case .started(let ids): try calls.start(ids, round: step.round, of: run.id, in: run.session, at: now)
    case .ended(let ids, let state, let begun):
      try calls.close(ids, as: state, round: step.round, of: run.id, in: run.session, begun: begun, at: now)
    case .waits(let id, let wait, let begun):
      try calls.wait(id, for: wait, round: step.round, of: run.id, in: run.session, begun: begun ?? now)
    }
  }

  /// Adds the step's rows, numbered up to the counters' position.
  fileprivate func add(
    upTo position: SessionRepository.SessionPosition, at now: Timestamp, in transaction: TenantTransaction
  ) throws -> WrittenStep {
    let messages = step.messages.enumerated().map { offset, message in
      TranscriptMessage(
        seq: position.lastMessage - Int64(step.messages.count - 1 - offset), id: .generate(at: now), run: run.id,
        createdAt: now, body: message)
    }
    if let spent = step.spent { try transaction.budgets.spend(Int64(spent), by: run.address.user, on: run.agent) }
    if let attempt = step.attempt { try transaction.runs.noteAttempt(attempt, of: run.id) }
    try transaction.messages.add(messages, to: run.session)
    let events = step.events.enumerated().map { offset, body in
      RunEvent(
        address: run.address, seq: position.lastEvent - Int64(step.events.count - 1 - offset), run: run.id,
        at: now, body: body)
    }
    try transaction.events.add(events, to: run.session)
    return WrittenStep(messages: messages, events: events, lastMessage: position.lastMessage)
  }
}

extension EndBatch {
  fileprivate func add(
    upTo position: SessionRepository.SessionPosition, at now: Timestamp, in transaction: TenantTransaction
  ) throws -> WrittenEnd {
    let run = last.run
    let written = try last.add(upTo: position, at: now, in: transaction)
    if run.hasReplyAddress {
      try transaction.outbox.add(
        run.id, as: end.state, content: end.hasAnswer ? last.step.answer : "", failure: end.failure, at: now)
    }
    let unread = evenIfUnread ? try transaction.requeueUnread(of: run, at: now) : nil
    let hasMore = position.pending > 0 || unread != nil
    if hasMore { try transaction.queue.promote(run.session) }
    return WrittenEnd(last: written, hasMore: hasMore, unread: unread)
  }
}

extension TenantTransaction {
  /// Writes a step of a run whose session row this transaction has locked, and waits for its numbers.
  func write(_ batch: StepBatch) throws -> WrittenStep {
    let (step, now) = (batch.step, batch.time.now)
    let position = try sessions.advance(
      batch.run.session,
      by: .init(
        messages: step.messages.count, events: step.events.count, isInTranscript: step.isInTranscript,
        usage: step.usage, model: step.model),
      at: now)
    try batch.changeRun(in: self)
    return try batch.add(upTo: position, at: now, in: self)
  }
}
