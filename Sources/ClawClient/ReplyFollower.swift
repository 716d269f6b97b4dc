import Synchronization

/// The events of one run, picked out of all that come, in order and each once, over as many connections as it takes.
final class ReplyFollower: Sendable {
  struct Place: Sendable {
    let run: String
    let session: String
  }

  private struct State {
    /// Nil while the run has no number yet; its events may be here before the answer that says it.
    var place: Place?
    /// What came in that time, which is one round trip.
    var early: [(event: ServerEvent, bytes: Int)] = []
    var earlyBytes = 0
    var lastSeq: Int64 = 0
    /// The connection whose events count. Those of a new one do only once the session has been resumed there: a later
    /// event that slipped in before would make the replay look like a repetition.
    var source: ClientLink?
    /// Nothing counts before the run's start, as the run may be older than this.
    var waitsForStart: Bool
    /// The run may have begun anywhere in the log.
    var readsWholeLog = false
  }

  /// The connection on which the run was first asked for.
  let origin: ClientLink
  let events: EventBuffer
  private let limits: (events: Int, bytes: Int)
  private let state: Mutex<State>

  /// - Parameter fromStart: Whether the run may have begun before, so that its events count only from its start on.
  init(origin: ClientLink, maxEvents: Int, maxBytes: Int, fromStart: Bool) {
    self.origin = origin
    limits = (maxEvents, maxBytes)
    events = EventBuffer(maxEvents: maxEvents, maxBytes: maxBytes)
    events.want()
    state = Mutex(State(source: origin, waitsForStart: fromStart))
  }

  var place: Place? { state.withLock { $0.place } }

  /// Everything of the run up to this number has been seen.
  var resumePoint: Int64 {
    let (last, place, readsWholeLog) = state.withLock { ($0.lastSeq, $0.place, $0.readsWholeLog) }
    guard last == 0, !readsWholeLog, let place else { return last }
    return origin.cursor.withLock { $0.last(of: place.session) } ?? 0
  }

  /// Whether nothing of the run has been seen, though it may have begun.
  var isWaitingForStart: Bool { state.withLock { $0.waitsForStart } }

  /// The session's whole log is about to be read.
  /// - Returns: false if the run's start has come meanwhile.
  func beginWholeLog() -> Bool {
    state.withLock { state in
      guard state.waitsForStart else { return false }
      state.readsWholeLog = true
      state.source = nil
      return true
    }
  }

  /// The run has got its number.
  func begin(_ place: Place) {
    state.withLock { state in
      state.place = place
      for (event, bytes) in state.early { push(event, bytes, &state) }
      state.early = []
    }
  }

  /// The session has been resumed on this connection, from ``resumePoint`` or before.
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

  /// It can't be followed any further.
  func fail(_ error: ClientError) { events.finish(.failure(error)) }
}
