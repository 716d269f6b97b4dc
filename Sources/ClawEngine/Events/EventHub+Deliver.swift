import ClawCore

/// Handing events to those they concern; all of it with the lock held.
extension EventHub.State {
  mutating func deliver(_ events: [RunEvent], of address: SessionAddress) -> EventHub.Wakes {
    var mostWatchers = 0
    for event in events { mostWatchers = max(mostWatchers, deliver(event)) }
    return EventHub.Wakes(
      pulls: takePulls(of: address, below: events.last?.seq ?? 0).map { ($0, events) }, waiters: takeBehind(address),
      watchers: mostWatchers)
  }

  /// Returns how many may have been handed it.
  private mutating func deliver(_ event: RunEvent) -> Int {
    let address = event.address
    sawHead(event.seq, of: address)
    let shown = ShownEvent(event)
    let subscribed = subscribers[address] ?? []
    for id in subscribed { deliverToSubscriber(id, shown) }
    let person = EventHub.Person(tenant: address.tenant, user: address.user)
    let automatic = byPerson[person] ?? []
    for id in automatic where !subscribed.contains(id) { watchers[id]?.sink.deliver(shown) }
    if let follower = followers[event.run]?.watcher, !automatic.contains(follower), !subscribed.contains(follower) {
      watchers[follower]?.sink.deliver(shown)
    }
    if event.body.isTerminal { followers[event.run] = nil }
    return subscribed.count + automatic.count
  }

  private mutating func deliverToSubscriber(_ id: WatcherID, _ shown: ShownEvent) {
    let event = shown.event
    guard var subscription = watchers[id]?.subscriptions[event.address], subscription.isLive else { return }
    if event.seq == subscription.cursor + 1 {
      subscription.cursor = event.seq
      watchers[id]?.sink.deliver(shown)
    } else if event.seq > subscription.cursor {
      subscription.isLive = false
    }
    watchers[id]?.subscriptions[event.address] = subscription
  }

  /// There is an event of this number; noted for those who read the log.
  mutating func sawHead(_ seq: Int64, of address: SessionAddress) {
    if let head = heads[address] { heads[address] = max(head, seq) }
  }

  /// Continuations of subscriptions that have just lost touch.
  mutating func takeBehind(_ address: SessionAddress) -> [CheckedContinuation<Void, Never>] {
    (subscribers[address] ?? []).compactMap { id in
      guard watchers[id]?.subscriptions[address]?.isLive == false else { return nil }
      return watchers[id]?.subscriptions[address]?.waiter.take()
    }
  }

  /// Takes out those who wait for an event up to `last`.
  mutating func takePulls(of address: SessionAddress, below last: Int64) -> [EventHub.Pull] {
    guard let waiting = pulls[address] else { return [] }
    let due = waiting.filter { $0.value.after < last }
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
