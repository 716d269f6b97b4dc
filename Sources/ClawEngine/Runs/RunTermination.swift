import ClawCore
import ClawStore

/// How a run ends that gives no answer: aborted, deleted, erased, failed. Its state, its last event and what those who
/// wait are told come from here, so that every such run has exactly one terminal event.
struct RunTermination: Sendable {
  let state: RunState
  let failure: RunFailure

  /// Somebody asked for it.
  static let abort = RunTermination(
    state: .aborted,
    failure: RunFailure(code: ClawError.Code.aborted.rawValue, message: "the run was stopped on request"))
  /// Whoever sent the message may not do that any more.
  static let forbidden = RunTermination(
    .forbidden, "the key, device, user or tenant that sent this message is no longer allowed to")
  /// The run can't be read, or can't be begun.
  static let unreadable = RunTermination(.internalError, "the run can't be begun; the gateway's log says why")

  init(state: RunState, failure: RunFailure) {
    self.state = state
    self.failure = failure
  }

  private init(_ code: ClawError.Code, _ message: String) {
    self.init(state: .failed, failure: RunFailure(code: code.rawValue, message: message))
  }

  /// The run was begun as often as a run may be.
  static func attemptsUsedUp(_ count: Int) -> RunTermination {
    RunTermination(
      .internalError, "the run was begun \(count) times and never came to its end; it is not begun again")
  }

  /// What those who wait for the run are told.
  func outcome(of run: RunHeader) -> RunOutcome {
    RunOutcome(
      run: run.id, session: run.address.key, state: state, content: "", usage: run.usage,
      iterations: run.iterations, failure: failure)
  }

  /// Ends a run whose row in the queue is gone already, with its event in the log.
  /// - Parameter isInTranscript: Whether the transcript holds all that the events up to here told; false while
  ///   another run of the session is under way.
  func end(
    _ run: RunHeader, isInTranscript: Bool, in transaction: TenantTransaction, of engine: EngineParts,
    at now: Timestamp
  ) throws {
    let outcome = outcome(of: run)
    // What a run waited for gets its result here; where it was cut off otherwise, ids and counts have to do.
    let calls = run.state == .waiting ? try transaction.toolCalls.open(of: run.id, in: run.session) : []
    let position = try transaction.sessions.advance(
      run.session,
      by: .init(messages: calls.count, events: 1, isInTranscript: isInTranscript, endedRuns: 1), at: now)
    let rows = calls.enumerated().map { offset, call in
      TranscriptMessage(
        seq: position.lastMessage - Int64(calls.count - 1 - offset), id: .generate(at: now), run: run.id,
        createdAt: now, body: .tool(callID: call.id, .aborted))
    }
    try transaction.messages.add(rows, to: run.session)
    try transaction.runs.end(run.id, as: RunEnd(outcome, hasAnswer: false), at: now)
    if run.attempt > 0 { try transaction.toolCalls.interruptOpen(of: run.id, in: run.session, at: now) }
    try transaction.outbox.add(run.id, as: state, content: "", failure: failure, at: now)
    let unread = try transaction.requeueUnread(of: run.id, in: run.session, at: run.address, now: now)
    try transaction.queue.promote(run.session)
    let event = event(of: run, position.lastEvent, at: now)
    try transaction.events.add([event], to: run.session)
    transaction.afterCommit {
      if let unread { engine.requeued(unread) }
      engine.transcripts.append(rows, to: run.session)
      engine.hub.publish([event])
      engine.ended(outcome, in: run.address)
    }
  }

  /// Ends what is unfinished in a session whose rows are about to be removed in the same transaction. The log goes
  /// too, so the events are handed to the watchers of this node and of the others instead of being read from it.
  func endAll(
    of session: SessionID, in transaction: TenantTransaction, of engine: EngineParts, at now: Timestamp
  ) throws {
    let headers = try transaction.runs.unfinishedHeaders(of: session)
    guard !headers.isEmpty else { return }
    let position = try transaction.sessions.advance(
      session, by: .init(events: headers.count, isInTranscript: true, endedRuns: headers.count), at: now)
    let first = position.lastEvent - Int64(headers.count - 1)
    let ends = headers.enumerated().map { (header: $1, event: event(of: $1, first + Int64($0), at: now)) }
    transaction.afterCommit {
      for (run, event) in ends {
        engine.hub.publishUnlogged([event])
        engine.ended(outcome(of: run), in: run.address)
        engine.registry.stop(run.id, .leaseLost)
        engine.peers.tell(.ended(event))
      }
    }
  }

  private func event(of run: RunHeader, _ seq: Int64, at now: Timestamp) -> RunEvent {
    RunEvent(address: run.address, seq: seq, run: run.id, at: now, body: .failed(failure))
  }
}
