import ClawCore

/// A run that was ended from outside, without an answer: aborted, forbidden, impossible to begin.
public struct EndedRun: Sendable {
  public let run: RunHeader
  /// The results of the calls that it waited for.
  public let messages: [TranscriptMessage]
  /// Its last event.
  public let event: RunEvent
  /// What it had not read.
  public let unread: RequeuedMessages?
}

extension TenantTransaction {
  /// Ends a run whose row in the queue is gone already, with its event in the log. The caller holds the session's row.
  /// - Parameter isInTranscript: Whether the transcript holds all that the events up to here told; false while
  ///   another run of the session is under way.
  public func end(
    _ run: RunHeader, as state: RunState, because failure: RunFailure, isInTranscript: Bool, at now: Timestamp
  ) throws -> EndedRun {
    // What a run waited for gets its result here; where it was cut off otherwise, ids and counts have to do.
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

  /// Ends a run that no node works on, such as one that waits.
  /// - Returns: nil if a node works on it, or if it has text that is not in the transcript yet: then nothing is done.
  public func endIdle(
    _ run: RunHeader, as state: RunState, because failure: RunFailure, at now: Timestamp
  ) throws -> EndedRun? {
    // One that waits has nothing half said, and nobody who would notice that it is to stop.
    let hasText = run.attempt > 0 && run.state != .waiting
    guard !hasText, try queue.removeUnowned(run.id, now: now) else { return nil }
    // While another run of the session speaks, what it says is not in the transcript yet.
    let isBusy = try queue.head(of: run.session, now: now)?.isRunning ?? false
    return try end(run, as: state, because: failure, isInTranscript: !isBusy, at: now)
  }
}
