import Synchronization

/// The events of one run, filtered from all events, in order and exactly once, across connections.
final class ReplyFollower: Sendable {
  struct Place: Sendable {
    let run: String
    let session: String
  }

  private struct State {
    /// Nil until the run ID is known; the run's events may arrive before the answer with the ID.
    var place: Place?
    /// Events received until then, which takes one round trip.
    var early: [(event: ServerEvent, bytes: Int)] = []
    var earlyBytes = 0
    var lastSeq: Int64 = 0
    /// The connection whose events are accepted. A new one is accepted only once the session has been resumed on it: a
    /// later event received before would make the replay look like a repetition.
    var source: ClientLink?
    /// Ignores events before the run's start, since the run may be older than this follower.
    var waitsForStart: Bool
    /// The run may have started anywhere in the log.
    var readsWholeLog = false
  }

  /// The connection on which the run was first requested.
  let origin: ClientLink
  let events: EventBuffer
  private let limits: (events: Int, bytes: Int)
  private let state: Mutex<State>

  /// - Parameters:
  ///   - fromStart: Whether the run may have started earlier, so that its events count only from its start on.
  ///   - seq: A number after which all its events come; 0 if none is known.
  init(origin: ClientLink, maxEvents: Int, maxBytes: Int, fromStart: Bool, after seq: Int64 = 0) {
    self.origin = origin
    limits = (maxEvents, maxBytes)
    events = EventBuffer(maxEvents: maxEvents, maxBytes: maxBytes)
    events.want()
    state = Mutex(State(lastSeq: seq, source: origin, waitsForStart: fromStart))
  }

  var place: Place? { state.withLock { $0.place } }

  /// All events of the run up to this number were seen.
  var resumePoint: Int64 {
    let (last, place, readsWholeLog) = state.withLock { ($0.lastSeq, $0.place, $0.readsWholeLog) }
    guard last == 0, !readsWholeLog, let place else { return last }
    return origin.cursor.withLock { $0.last(of: place.session) } ?? 0
  }

  /// Whether no event of the run was seen, though it may have started.
  var isWaitingForStart: Bool { state.withLock { $0.waitsForStart } }

  /// Prepares for a replay of the session's whole log.
  /// - Returns: false if the run's start has been seen meanwhile.
  func beginWholeLog() -> Bool {
    state.withLock { state in
      guard state.waitsForStart else { return false }
      state.readsWholeLog = true
      state.source = nil
      return true
    }
  }

  /// The run ID is known.
  func begin(_ place: Place) {
    state.withLock { state in
      state.place = place
      for (event, bytes) in state.early { push(event, bytes, &state) }
      state.early = []
    }
  }

  /// The session was resumed on this connection, from ``resumePoint`` or before.
  func accept(from link: ClientLink) { state.withLock { $0.source = link } }

  func take(_ event: ServerEvent, bytes: Int, from link: ClientLink) {
    state.withLock { state in
      guard state.source === link else { return }
      if state.place != nil { return push(event, bytes, &state) }
      guard state.early.count < limits.events, state.earlyBytes < limits.bytes else {
        return events.finish(.failure(.overflow("too much came before the answer to chat.send")))
      }
      state.early.append((event, bytes))
      state.earlyBytes += bytes
    }
  }

  private func push(_ event: ServerEvent, _ bytes: Int, _ state: inout State) {
    guard event.runID == state.place?.run, let seq = event.seq, seq > state.lastSeq else { return }
    if state.waitsForStart {
      guard case .runStarted = event.content else { return }
      state.waitsForStart = false
    }
    state.lastSeq = seq
    _ = events.push(event, bytes: bytes)
  }

  /// Ends the stream with an error.
  func fail(_ error: ClientError) { events.finish(.failure(error)) }
}
