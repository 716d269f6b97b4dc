import ClawJSON

/// How far the events of each session have been seen, on one connection and those before it.
struct EventCursor: Sendable {
  /// The last number of each session. Bounded: beyond `maxSessions` any of them is forgotten, which costs a repetition
  /// after a lost connection and nothing else.
  private var seen: UTF8Dictionary<Int64> = [:]
  /// Sessions of other users, whose keys can be the same as those of our own; nothing is counted under these.
  private var foreign: UTF8Set = []
  /// Sessions that are about to be resumed. What comes of them before that is left to the replay, in its order.
  private var held: UTF8Set = []
  private static let maxSessions = 10_000

  /// The cursor of the next connection, on which these sessions will be resumed.
  func carried(holding sessions: some Sequence<String>) -> EventCursor {
    var next = self
    next.held = UTF8Set(sessions)
    return next
  }

  func last(of session: String) -> Int64? { seen[session] }

  /// - Returns: whether the event has not been seen before and is due now.
  mutating func note(_ event: ServerEvent) -> Bool {
    guard let seq = event.seq, let session = event.sessionKey, !foreign.contains(session) else { return true }
    if held.contains(session) || seq <= seen[session] ?? 0 { return false }
    if seen.count >= Self.maxSessions, seen[session] == nil, let any = seen.first { seen[any.key] = nil }
    seen[session] = seq
    return true
  }

  /// The events of a session come in their order from now on.
  mutating func release(_ session: String) { held.remove(session) }

  /// A reader wants to see those after this number once more.
  mutating func rewind(_ session: String, to seq: Int64) {
    if let last = seen[session], last > seq { seen[session] = seq }
  }

  mutating func markForeign(_ session: String) {
    foreign.insert(session)
    seen[session] = nil
  }
}
