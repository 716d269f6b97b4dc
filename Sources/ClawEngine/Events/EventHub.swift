import ClawCore
import Synchronization

/// Delivers stored events to the watchers on this node. It buffers no events: a watcher that falls behind reads the
/// log.
///
/// `publish` is called as a transaction commits, in commit order, and only passes its events to ``FanOut``, which
/// delivers them in that order. If only this node writes, each session's numbers grow by one; a watcher that would see
/// a gap is sent to the log first. If other nodes write too, see ``SharedLog``.
final class EventHub: Sendable {
  /// A watcher's subscription to one session.
  struct Subscription {
    var isLive = false
    /// The last event delivered to the watcher.
    var cursor: Int64
    /// The last event sent to it from the log.
    var delivered: Int64
    /// Events that are not in the log and arrived while it was read.
    var unlogged: [RunEvent] = []
    /// Grows with each new subscription, so that work for a replaced one can stop.
    let generation: Int
    /// Waits for the subscription to fall behind or to end.
    var waiter: CheckedContinuation<Void, Never>?
  }

  struct Watcher {
    let sink: any RunEventWatcher
    let tenant: TenantID
    let user: UserID
    /// Events written from then on are delivered.
    let since: Timestamp
    var subscriptions: [SessionAddress: Subscription] = [:]
  }

  /// A connection that follows a run it started for another user.
  struct Follower {
    let watcher: WatcherID
    let address: SessionAddress
    let since: Timestamp
  }

  struct Person: Hashable {
    let tenant: TenantID
    let user: UserID

    init(tenant: TenantID, user: UserID) {
      self.tenant = tenant
      self.user = user
    }

    init(of address: SessionAddress) { self.init(tenant: address.tenant, user: address.user) }
  }

  struct State {
    var nextID: UInt64 = 0
    var generation = 0
    var watchers: [WatcherID: Watcher] = [:]
    var byPerson: [Person: Set<WatcherID>] = [:]
    var subscribers: [SessionAddress: Set<WatcherID>] = [:]
    /// The sender of a message on behalf of another user sees that run.
    var followers: [RunID: Follower] = [:]
    var pulls: [SessionAddress: [Int: Pull]] = [:]
    /// Readers of a session's log at the moment.
    var readers: [SessionAddress: Int] = [:]
    /// The newest event seen here of sessions with readers or subscribers.
    var heads: [SessionAddress: Int64] = [:]
    /// Nil if only this node writes.
    var shared: SharedLog?
    var unlogged = Unlogged()
  }

  /// A page of the log, and the number up to which there is nothing more to read.
  struct LogPage: Sendable {
    let events: [RunEvent]
    let reached: Int64
  }

  struct Pull {
    let after: Int64
    let continuation: CheckedContinuation<[RunEvent]?, Never>
  }

  let state: Mutex<State>
  let peers: Peers?
  let fanOut = FanOut()
  /// Wakes the relay.
  let stale = LaneSignal()
  /// The number after which the events of a new session begin; above 0 only after a power failure.
  let eventBase = Atomic<Int64>(0)

  /// - Parameter peers: Other nodes that write to the same log; nil if there are none.
  init(peers: Peers? = nil) {
    self.peers = peers
    state = Mutex(State(shared: peers == nil ? nil : SharedLog()))
  }

  func attach(_ sink: any RunEventWatcher, tenant: TenantID, user: UserID, at time: Timestamp) -> WatcherID {
    state.withLock { state in
      state.nextID += 1
      let id = WatcherID(rawValue: state.nextID)
      state.watchers[id] = Watcher(sink: sink, tenant: tenant, user: user, since: time)
      state.byPerson[Person(tenant: tenant, user: user), default: []].insert(id)
      return id
    }
  }

  func detach(_ id: WatcherID) {
    let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
      guard let watcher = state.watchers.removeValue(forKey: id) else { return [] }
      let person = Person(tenant: watcher.tenant, user: watcher.user)
      state.byPerson[person]?.remove(id)
      if state.byPerson[person]?.isEmpty == true { state.byPerson[person] = nil }
      for address in watcher.subscriptions.keys { state.forgetSubscriber(id, of: address) }
      state.followers = state.followers.filter { $0.value.watcher != id }
      return watcher.subscriptions.values.compactMap(\.waiter)
    }
    waiters.forEach { $0.resume() }
  }

  /// Delivers a run to the connection that started it, even if it is another user's.
  func follow(_ run: RunID, in address: SessionAddress, by id: WatcherID, at time: Timestamp) {
    state.withLock { state in
      guard let watcher = state.watchers[id] else { return }
      // They see their own runs anyway.
      if watcher.tenant == address.tenant, watcher.user == address.user { return }
      state.followers[run] = Follower(watcher: id, address: address, since: time)
    }
  }

  /// The run was not created.
  func unfollow(_ run: RunID) {
    state.withLock { $0.followers[run] = nil }
  }

  /// Delivers events that were just committed on this node.
  func publish(_ events: [RunEvent]) {
    guard let first = events.first, let last = events.last else { return }
    if let peers {
      let ended = events.last { $0.body.isTerminal }?.run
      peers.notify(.events(first.address, last: last.seq, ended: ended))
    }
    fanOut.add(for: Person(of: first.address)) { [self] in show(events, from: first, to: last) }
  }

  private func show(_ events: [RunEvent], from first: RunEvent, to last: RunEvent) -> FanOut.Handed {
    let base = eventBase.load(ordering: .relaxed)
    let (isStale, wakes) = state.withLock { state -> (Bool, Wakes) in
      guard let due = state.due(events, base: base) else {
        state.sawHead(last.seq, of: first.address)
        return (true, Wakes())
      }
      return (false, state.deliver(due, of: first.address))
    }
    wakes.resume()
    if isStale { stale.signal() }
    return wakes.handed
  }

  /// Continuations to resume after the lock is released.
  struct Wakes {
    var pulls: [(Pull, [RunEvent])] = []
    /// Delivered even across a gap: the log was removed.
    var unlogged: [(Pull, [RunEvent])] = []
    var waiters: [CheckedContinuation<Void, Never>] = []
    var handed = FanOut.Handed()

    func resume() {
      for (pull, events) in unlogged { pull.continuation.resume(returning: events) }
      for (pull, events) in pulls {
        // Delivered directly if nothing lies between; otherwise the reader reads the log.
        let next = events.drop { $0.seq <= pull.after }
        pull.continuation.resume(returning: next.first?.seq == pull.after + 1 ? Array(next) : [])
      }
      waiters.forEach { $0.resume() }
    }
  }
}
