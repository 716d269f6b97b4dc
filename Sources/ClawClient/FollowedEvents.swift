import ClawJSON

/// Who receives which events, and what to resume on a new connection.
struct FollowedEvents {
  /// A session that the reader of all events subscribed to.
  private struct Subscription {
    /// Its owner, if it is another user.
    var user: String?
    /// The number after which events were requested.
    var start: Int64
  }

  private var subscriptions: UTF8Dictionary<Subscription> = [:]
  /// Followers whose run ID is not known yet.
  private var starting: [ObjectIdentifier: ReplyFollower] = [:]
  private var running: UTF8Dictionary<[ReplyFollower]> = [:]

  /// A session to be resumed.
  struct Resumption: Sendable {
    let session: String
    var after: Int64
    var followers: [ReplyFollower] = []
    /// Whether the reader of all events subscribed to it.
    var isSubscribed = false
  }

  mutating func add(_ follower: ReplyFollower) { starting[ObjectIdentifier(follower)] = follower }

  /// The follower's run ID is known.
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

  /// Whether another user's events were subscribed to. They do not name their user, so there is no number from which to
  /// resume them.
  var hasForeign: Bool { subscriptions.values.contains { $0.user != nil } }

  /// What to resume after a connection with this cursor.
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
