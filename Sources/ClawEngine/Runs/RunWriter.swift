import ClawCore
import ClawStore

/// The lease is somebody else's by now: nothing may be written for this run any more.
struct LeaseLost: Error {}

/// The run may not end as it was to: somebody has asked to abort it, or has said something that it has not read.
struct EndRefused: Error {}

/// The run was to end otherwise, but somebody has asked to abort it before.
struct AbortWins: Error {}

/// One step of a run: what it adds to the transcript and to the log, in one transaction.
struct RunStep: Sendable {
  var messages: [TranscriptMessage.Body] = []
  var events: [RunEvent.Body] = []
  /// Whether the transcript now holds all that the events up to here told.
  var isInTranscript = false
  var usage = TokenUsage()
  var model = ""
  /// The attempt that the events begin, if they begin one.
  var attempt: Int?
  /// Whether the calls of tools that are open get no result but an error.
  var interruptsCalls = false
}

extension RunStep {
  /// The text of its last answer.
  fileprivate var answer: String {
    for case .assistant(let message) in messages.reversed() { return message.text }
    return ""
  }
}

/// Writes for one claimed run: every step checks and renews the lease, is durable before it is shown, and waits where
/// the disk is full. A class, since it is handed from step to step.
final class RunWriter: Sendable {
  let engine: EngineParts
  let database: TenantDatabase
  let lease: Lease
  let record: RunRecord
  /// When the message was accepted, if that is this session's last change of time.
  let acceptedAt: Timestamp?

  /// A session's time of change moves in steps: within one it is left as it is, since a change costs as much again as
  /// the rest of the step.
  static let timeGrain: Duration = .seconds(1)

  private var time: TimeSource { engine.time }

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
  func write(
    _ step: RunStep,
    also body: @escaping @Sendable (TenantTransaction) throws -> Void = { _ in }
  ) async throws -> Int64 {
    let lastMessage: Int64 = try await writing { [self] transaction, result in
      try apply(step, endedRuns: 0, in: transaction) {
        let until = time.now + engine.configuration.leaseDuration
        try transaction.queue.renew(lease, until: until) { throw LeaseLost() }
        try body(transaction)
      } then: {
        result.set($0.lastMessage)
      }
    }
    // Whoever says more than can be shown waits here.
    await engine.hub.fanOut.untilRoom(for: EventHub.Person(of: record.address))
    return lastMessage
  }

  /// Ends the run: its last step, its state and its last event are one transaction, and take it out of the queue.
  /// - Parameter evenIfUnread: Whether it ends with something unread, which then becomes runs of their own.
  /// - Throws: ``LeaseLost``; ``AbortWins`` if it was to be aborted and this end is another one, or ``EndRefused`` where
  ///   it may be that as well as something unread.
  func end(
    _ step: RunStep, as end: RunEnd, evenIfUnread: Bool = true, ended: @escaping @Sendable (_ hasMore: Bool) -> Void
  ) async throws {
    try await writing { [self] (transaction: TenantTransaction, result: DeferredResult<Void>) in
      transaction.afterCommit { [engine, run = record.id] in engine.registry.over(run) }
      try apply(step, endedRuns: 1, in: transaction) {
        try transaction.queue.remove(lease, orThrow: LeaseLost())
        try transaction.runs.end(
          record.id, as: end, evenIfUnread: evenIfUnread, at: time.now,
          orThrow: evenIfUnread ? AbortWins() : EndRefused())
        if step.interruptsCalls {
          try transaction.toolCalls.interruptOpen(of: record.id, in: record.session, at: time.now)
        }
      } then: { [self] position in
        if record.replyTo != nil {
          try transaction.outbox.add(
            record.id, as: end.state, content: end.hasAnswer ? step.answer : "", failure: end.failure, at: time.now)
        }
        var hasMore = position.pending > 0
        if evenIfUnread {
          let unread = UnreadMessages(run: record.id, session: record.session, address: record.address)
          if try unread.requeue(in: transaction, of: engine, at: time.now) > 0 { hasMore = true }
        }
        if hasMore { try transaction.queue.promote(record.session) }
        transaction.afterCommit { [hasMore] in ended(hasMore) }
        result.set(())
      }
    }
  }

  /// Writes, and again while the store is out of reach. A session that was deleted takes the lease along.
  private func writing<T: Sendable>(
    _ body: @escaping @Sendable (TenantTransaction, DeferredResult<T>) throws -> Void
  ) async throws -> T {
    do {
      return try await engine.persistently(of: record.id) { try await database.write(in: record.address, body) }
    } catch is SessionGone {
      throw LeaseLost()
    }
  }

  /// - Parameter meanwhile: What else changes; the session's row is locked first, see `Docs/design/store.md`.
  private func apply(
    _ step: RunStep, endedRuns: Int, in transaction: TenantTransaction, meanwhile: () throws -> Void,
    then: @escaping (SessionRepository.SessionPosition) throws -> Void
  ) throws {
    let now = time.now
    var step = step
    step.events = NewerFormat.events(step.events)
    try transaction.sessions.advance(
      record.session,
      by: .init(
        messages: step.messages.count, events: step.events.count, isInTranscript: step.isInTranscript,
        usage: step.usage, model: step.model, endedRuns: endedRuns),
      at: acceptedAt.map { now < $0 + Self.timeGrain } ?? false ? nil : now,
      meanwhile: meanwhile
    ) { [self, step] position in
      try add(step, upTo: position, in: transaction, at: now)
      try then(position)
    }
  }

  func add(
    _ step: RunStep, upTo position: SessionRepository.SessionPosition, in transaction: TenantTransaction, at now: Timestamp
  ) throws {
    let rows = step.messages.enumerated().map { offset, message in
      TranscriptMessage(
        seq: position.lastMessage - Int64(step.messages.count - 1 - offset), id: .generate(at: now), run: record.id,
        createdAt: now, body: message)
    }
    if let attempt = step.attempt { try transaction.runs.noteAttempt(attempt, of: record.id) }
    try transaction.messages.add(rows, to: record.session)
    let events = step.events.enumerated().map { offset, body in
      RunEvent(
        address: record.address, seq: position.lastEvent - Int64(step.events.count - 1 - offset), run: record.id,
        at: now, body: body)
    }
    try transaction.events.add(events, to: record.session)
    let (hub, transcripts, session) = (engine.hub, engine.transcripts, record.session)
    transaction.afterCommit {
      transcripts.append(rows, to: session)
      hub.publish(events)
    }
  }
}
