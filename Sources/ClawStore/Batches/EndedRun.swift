import ClawCore

/// A run that was ended from outside, without an answer: aborted, forbidden, impossible to start.
public struct EndedRun: Sendable {
  public let run: RunHeader
  /// The results of the calls that it waited for.
  public let messages: [TranscriptMessage]
  /// Its last event.
  public let event: RunEvent
  /// Its unread messages.
  public let unread: RequeuedMessages?
}

extension TenantTransaction {
  /// Ends a run whose row in the queue is already removed, with its event in the log. The caller holds the lock on the
  /// session's row.
  /// - Parameter isInTranscript: Whether the transcript has caught up with the events so far; false while another run
  ///   of the session is in progress.
  public func end(
    _ run: RunHeader, as state: RunState, because failure: RunFailure, isInTranscript: Bool, at now: Timestamp
  ) throws -> EndedRun {
    // The open calls of a parked run are closed here. A run interrupted otherwise is ended by its ids and counters
    // alone.
    let calls = run.state == .waiting ? try toolCalls.open(of: run.id, in: run.session) : []
    let position = try sessions.advance(
      run.session,
      by: .init(messages: calls.count, events: 1, isInTranscript: isInTranscript, endedRuns: 1), at: now)
    let rows = calls.enumerated().map { offset, call in
      TranscriptMessage(
        seq: position.lastMessage - Int64(calls.count - 1 - offset), id: .generate(at: now), run: run.id,
        createdAt: now, body: .tool(callID: call.id, .aborted))
    }
    try messages.add(rows, to: run.session)
    let end = RunEnd(
      state: state, hasAnswer: false, iterations: run.iterations, usage: run.usage, stopReason: .stop, model: "",
      failure: failure)
    try runs.end(run.id, as: end, at: now)
    if run.attempt > 0 { try toolCalls.interruptOpen(of: run.id, in: run.session, at: now) }
    try outbox.add(run.id, as: state, content: "", failure: failure, at: now)
    let unread = try requeueUnread(of: run.id, in: run.session, at: run.address, now: now)
    try queue.promote(run.session)
    let event = RunEvent(
      address: run.address, seq: position.lastEvent, run: run.id, at: now, body: .failed(failure))
    try events.add([event], to: run.session)
    return EndedRun(run: run, messages: rows, event: event, unread: unread)
  }

  /// Ends a run that no node works on, such as a parked one.
  /// - Returns: Nil if a node works on it, or if it has text that is not in the transcript yet: then nothing is done.
  public func endIdle(
    _ run: RunHeader, as state: RunState, because failure: RunFailure, at now: Timestamp
  ) throws -> EndedRun? {
    // A queued or parked run has no partial text, and no node that would notice the abort.
    let hasText = run.attempt > 0 && run.state != .waiting
    guard !hasText, try queue.removeUnowned(run.id, now: now) else { return nil }
    // While another run of the session is in progress, its events are not in the transcript yet.
    let isBusy = try queue.head(of: run.session, now: now)?.isRunning ?? false
    return try end(run, as: state, because: failure, isInTranscript: !isBusy, at: now)
  }
}
