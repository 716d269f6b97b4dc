import ClawJSON

/// The last event number seen of each session, over all connections.
struct EventCursor: Sendable {
  /// The last number of each session. Bounded: beyond `maxSessions` an arbitrary one is evicted, which only causes
  /// repeated events after a reconnect.
  private var seen: UTF8Dictionary<Int64> = [:]
  /// Sessions of other users, whose keys may equal those of our own; their events are not tracked.
  private var foreign: UTF8Set = []
  /// Sessions about to be resumed. Their events are ignored until then, since the replay delivers them in order.
  private var held: UTF8Set = []
  private static let maxSessions = 10_000

  /// The cursor of the next connection, on which these sessions will be resumed.
  func carried(holding sessions: some Sequence<String>) -> EventCursor {
    var next = self
    next.held = UTF8Set(sessions)
    return next
  }

  func last(of session: String) -> Int64? { seen[session] }

  /// - Returns: whether the event is new and to be delivered now.
  mutating func note(_ event: ServerEvent) -> Bool {
    guard let seq = event.seq, let session = event.sessionKey, !foreign.contains(session) else { return true }
    if held.contains(session) || seq <= seen[session] ?? 0 { return false }
    if seen.count >= Self.maxSessions, seen[session] == nil, let any = seen.first { seen[any.key] = nil }
    seen[session] = seq
    return true
  }

  /// Delivers the session's events from now on.
  mutating func release(_ session: String) { held.remove(session) }

  /// Lets a reader receive the events after this number again.
  mutating func rewind(_ session: String, to seq: Int64) {
    if let last = seen[session], last > seq { seen[session] = seq }
  }

  mutating func markForeign(_ session: String) {
    foreign.insert(session)
    seen[session] = nil
  }
}
