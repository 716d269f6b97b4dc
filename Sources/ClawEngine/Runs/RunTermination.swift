import ClawCore
import ClawStore

/// How a run ends without an answer: aborted, deleted, erased, failed. Its state, its last event and its outcome are
/// all made here, so that every such run has exactly one terminal event.
struct RunTermination: Sendable {
  let state: RunState
  let failure: RunFailure

  /// An abort was requested.
  static let abort = RunTermination(state: .aborted, failure: .aborted)
  /// The sender of the message has lost the right to it.
  static let forbidden = RunTermination(
    .forbidden, "the key, device, user or tenant that sent this message is no longer allowed to")
  /// The run can't be read, or can't be started.
  static let unreadable = RunTermination(.internalError, "the run can't be started; see the gateway's log")

  init(state: RunState, failure: RunFailure) {
    self.state = state
    self.failure = failure
  }

  private init(_ code: ClawError.Code, _ message: String) {
    self.init(state: .failed, failure: RunFailure(code: code.rawValue, message: message))
  }

  /// The limit of attempts is reached.
  static func attemptsUsedUp(_ count: Int) -> RunTermination {
    RunTermination(
      .internalError, "the run was started \(count) times without finishing and is not retried")
  }

  /// The outcome for the waiters of the run.
  func outcome(of run: RunHeader) -> RunOutcome {
    RunOutcome(
      run: run.id, session: run.address.key, state: state, content: "", usage: run.usage,
      iterations: run.iterations, failure: failure)
  }

  /// See ``TenantTransaction/endIdle(_:as:because:at:)``.
  func endIdle(
    _ run: RunHeader, in transaction: TenantTransaction, of engine: EngineParts, at now: Timestamp
  ) throws -> Bool {
    guard let ended = try transaction.endIdle(run, as: state, because: failure, at: now) else { return false }
    transaction.afterCommit { engine.ended(ended, as: self) }
    return true
  }

  /// Ends a run whose row in the queue is already removed, with its event in the log.
  /// - Parameter isInTranscript: Whether the transcript has caught up with the events so far; false while another run
  ///   of the session is in progress.
  func end(
    _ run: RunHeader, isInTranscript: Bool, in transaction: TenantTransaction, of engine: EngineParts,
    at now: Timestamp
  ) throws {
    let ended = try transaction.end(run, as: state, because: failure, isInTranscript: isInTranscript, at: now)
    transaction.afterCommit { engine.ended(ended, as: self) }
  }

  /// Ends the unfinished runs of a session whose rows are removed in the same transaction. The log is removed too, so
  /// the events are passed to the watchers of this node and of the others instead of being read from it. The outbox is
  /// emptied too: no part of a deleted conversation is sent afterwards, and the address is part of what the user
  /// deletes.
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
        engine.peers.notify(.ended(event))
      }
    }
  }

  private func event(of run: RunHeader, _ seq: Int64, at now: Timestamp) -> RunEvent {
    RunEvent(address: run.address, seq: seq, run: run.id, at: now, body: .failed(failure))
  }
}

extension EngineParts {
  /// A run was ended from outside: notifies its watchers and waiters. Called in commit order.
  func ended(_ run: EndedRun, as termination: RunTermination) {
    if let unread = run.unread { requeued(unread) }
    transcripts.append(run.messages, to: run.run.session)
    hub.publish([run.event])
    ended(termination.outcome(of: run.run), in: run.run.address)
  }
}
