import ClawJSON

/// Who is told of which events, and what has to be resumed on a new connection.
struct FollowedEvents {
  /// A session that the reader of all events asked for.
  private struct Subscription {
    /// Whose it is if not our own.
    var user: String?
    /// The number after which they were asked for.
    var start: Int64
  }

  private var subscriptions: UTF8Dictionary<Subscription> = [:]
  /// Runs that have no number yet.
  private var starting: [ObjectIdentifier: ReplyFollower] = [:]
  private var running: UTF8Dictionary<[ReplyFollower]> = [:]

  /// A session to be resumed.
  struct Resumption: Sendable {
    let session: String
    var after: Int64
    var followers: [ReplyFollower] = []
    /// Whether the reader of all events asked for it.
    var isSubscribed = false
  }

  mutating func add(_ follower: ReplyFollower) { starting[ObjectIdentifier(follower)] = follower }

  /// The follower's run has got its number.
  mutating func begin(_ follower: ReplyFollower, _ place: ReplyFollower.Place) {
    starting[ObjectIdentifier(follower)] = nil
    running[place.run, default: []].append(follower)
    follower.begin(place)
  }

  mutating func remove(_ follower: ReplyFollower) {
    starting[ObjectIdentifier(follower)] = nil
    guard let run = follower.place?.run, var others = running[run] else { return }
    others.removeAll { $0 === follower }
    running[run] = others.isEmpty ? nil : others
  }

  mutating func subscribe(_ session: String, user: String?, after start: Int64) {
    subscriptions[session] = Subscription(user: user, start: start)
  }

  mutating func unsubscribe(_ session: String) { subscriptions[session] = nil }

  func interested(in event: ServerEvent) -> [ReplyFollower] {
    guard let run = event.runID else { return [] }
    let known = running[run] ?? []
    return starting.isEmpty ? known : known + starting.values
  }

  var all: [ReplyFollower] { Array(starting.values) + running.values.joined() }

  /// Whether the events of another user were asked for. Those carry no mark of whose they are, so that nobody can tell
  /// from where on to resume them.
  var hasForeign: Bool { subscriptions.values.contains { $0.user != nil } }

  /// What has to be resumed after a connection that has seen so much.
  func resumptions(after cursor: EventCursor) -> [Resumption] {
    var found: UTF8Dictionary<Resumption> = [:]
    for (session, subscription) in subscriptions where subscription.user == nil {
      let last = max(cursor.last(of: session) ?? 0, subscription.start)
      found[session] = Resumption(session: session, after: last, isSubscribed: true)
    }
    for follower in running.values.joined() {
      guard let session = follower.place?.session else { continue }
      var resumption = found[session] ?? Resumption(session: session, after: .max)
      resumption.after = min(resumption.after, follower.resumePoint)
      resumption.followers.append(follower)
      found[session] = resumption
    }
    return Array(found.values)
  }
}
