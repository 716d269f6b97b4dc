import ClawCore
import Synchronization

/// Brings stored events to those who watch on this node. It holds no events: who is behind reads the log.
///
/// `publish` is called in the order of commits, under which each session's numbers grow by one; a watcher that would
/// see a gap is sent to the log first.
final class EventHub: Sendable {
  /// A watcher's own view of one session that it subscribed to.
  struct Subscription {
    var isLive = false
    /// The last event that was handed to the watcher.
    var cursor: Int64
    /// Grows with each new subscription, so that the work for an old one knows that it is over.
    let generation: Int
    /// Waits for the subscription to fall behind or to end.
    var waiter: CheckedContinuation<Void, Never>?
  }

  struct Watcher {
    let sink: any RunEventWatcher
    let tenant: TenantID
    let user: UserID
    var subscriptions: [SessionAddress: Subscription] = [:]
  }

  struct Person: Hashable {
    let tenant: TenantID
    let user: UserID
  }

  struct State {
    var nextID: UInt64 = 0
    var generation = 0
    var watchers: [WatcherID: Watcher] = [:]
    var byPerson: [Person: Set<WatcherID>] = [:]
    var subscribers: [SessionAddress: Set<WatcherID>] = [:]
    /// Who sent a message for somebody else sees that run.
    var followers: [RunID: WatcherID] = [:]
    var pulls: [SessionAddress: [Int: Pull]] = [:]
    /// How many are reading a session's log this moment.
    var readers: [SessionAddress: Int] = [:]
    /// The newest event seen here of sessions that have readers or subscribers.
    var heads: [SessionAddress: Int64] = [:]
  }

  /// A piece of the log, and the number up to which there is nothing more to read.
  struct LogPage: Sendable {
    let events: [RunEvent]
    let reached: Int64
  }

  struct Pull {
    let after: Int64
    let continuation: CheckedContinuation<[RunEvent]?, Never>
  }

  let state = Mutex(State())
  /// The number after which the events of a new session begin; above 0 only after a power cut.
  let eventBase = Atomic<Int64>(0)

  func attach(_ sink: any RunEventWatcher, tenant: TenantID, user: UserID) -> WatcherID {
    state.withLock { state in
      state.nextID += 1
      let id = WatcherID(rawValue: state.nextID)
      state.watchers[id] = Watcher(sink: sink, tenant: tenant, user: user)
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
      state.followers = state.followers.filter { $0.value != id }
      return watcher.subscriptions.values.compactMap(\.waiter)
    }
    waiters.forEach { $0.resume() }
  }

  /// Shows a run to the connection that began it, even if it is another person's.
  func follow(_ run: RunID, by id: WatcherID) {
    state.withLock { state in
      if state.watchers[id] != nil { state.followers[run] = id }
    }
  }

  /// The run did not come about.
  func unfollow(_ run: RunID) {
    state.withLock { $0.followers[run] = nil }
  }

  func publish(_ events: [RunEvent]) {
    guard let address = events.first?.address else { return }
    let (pulls, waiters) = state.withLock { state in
      for event in events { state.deliver(event) }
      return (state.takePulls(of: address, for: events), state.takeBehind(address))
    }
    for pull in pulls {
      // Handed over directly if nothing lies between; else the reader looks into the log.
      let next = events.drop { $0.seq <= pull.after }
      pull.continuation.resume(returning: next.first?.seq == pull.after + 1 ? Array(next) : [])
    }
    waiters.forEach { $0.resume() }
  }
}

extension EventHub.State {
  fileprivate mutating func deliver(_ event: RunEvent) {
    let address = event.address
    if heads[address] != nil { heads[address] = event.seq }
    let subscribed = subscribers[address] ?? []
    for id in subscribed { deliverToSubscriber(id, event) }
    let person = EventHub.Person(tenant: address.tenant, user: address.user)
    let automatic = byPerson[person] ?? []
    for id in automatic where !subscribed.contains(id) { watchers[id]?.sink.deliver(event) }
    if let follower = followers[event.run], !automatic.contains(follower), !subscribed.contains(follower) {
      watchers[follower]?.sink.deliver(event)
    }
    if event.body.isTerminal { followers[event.run] = nil }
  }

  private mutating func deliverToSubscriber(_ id: WatcherID, _ event: RunEvent) {
    guard var subscription = watchers[id]?.subscriptions[event.address], subscription.isLive else { return }
    if event.seq == subscription.cursor + 1 {
      subscription.cursor = event.seq
      watchers[id]?.sink.deliver(event)
    } else if event.seq > subscription.cursor {
      subscription.isLive = false
    }
    watchers[id]?.subscriptions[event.address] = subscription
  }

  /// Continuations of subscriptions that have just lost touch.
  fileprivate mutating func takeBehind(_ address: SessionAddress) -> [CheckedContinuation<Void, Never>] {
    (subscribers[address] ?? []).compactMap { id in
      guard watchers[id]?.subscriptions[address]?.isLive == false else { return nil }
      return watchers[id]?.subscriptions[address]?.waiter.take()
    }
  }

  fileprivate mutating func takePulls(of address: SessionAddress, for events: [RunEvent]) -> [EventHub.Pull] {
    guard let waiting = pulls[address], let last = events.last else { return [] }
    let due = waiting.filter { $0.value.after < last.seq }
    guard !due.isEmpty else { return [] }
    due.keys.forEach { pulls[address]?[$0] = nil }
    if pulls[address]?.isEmpty == true { pulls[address] = nil }
    return Array(due.values)
  }

  mutating func forgetSubscriber(_ id: WatcherID, of address: SessionAddress) {
    subscribers[address]?.remove(id)
    if subscribers[address]?.isEmpty == true { subscribers[address] = nil }
    forgetHead(of: address)
  }

  mutating func addReader(of address: SessionAddress) {
    readers[address, default: 0] += 1
    heads[address] = heads[address] ?? 0
  }

  mutating func removeReader(of address: SessionAddress) {
    let left = (readers[address] ?? 1) - 1
    readers[address] = left > 0 ? left : nil
    forgetHead(of: address)
  }

  private mutating func forgetHead(of address: SessionAddress) {
    if subscribers[address] == nil, readers[address] == nil { heads[address] = nil }
  }
}
