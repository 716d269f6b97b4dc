import ClawCore

/// Delivery of events to their watchers; all of it with the lock held.
extension EventHub.State {
  mutating func deliver(_ events: [RunEvent], of address: SessionAddress) -> EventHub.Wakes {
    var handed = FanOut.Handed()
    for event in events { deliver(event, &handed) }
    return EventHub.Wakes(
      pulls: takePulls(of: address, below: events.last?.seq ?? 0).map { ($0, events) }, waiters: takeBehind(address),
      handed: handed)
  }

  /// Delivers an event to its watchers. A large audience gets it later, in portions: writing to all its sockets at once
  /// would delay those of others.
  private mutating func deliver(_ event: RunEvent, _ handed: inout FanOut.Handed) {
    let address = event.address
    sawHead(event.seq, of: address)
    let shown = ShownEvent(event)
    let subscribed = subscribers[address] ?? []
    let automatic = byPerson[EventHub.Person(of: address)] ?? []
    let isCrowd = subscribed.count + automatic.count > FanOut.crowd
    for id in subscribed { deliverToSubscriber(id, shown, isCrowd, &handed) }
    for id in automatic where !subscribed.contains(id) { hand(shown, to: id, isCrowd, &handed) }
    if let follower = followers[event.run]?.watcher, !automatic.contains(follower), !subscribed.contains(follower) {
      hand(shown, to: follower, isCrowd, &handed)
    }
    if event.body.isTerminal { followers[event.run] = nil }
  }

  private func hand(_ shown: ShownEvent, to id: WatcherID, _ isCrowd: Bool, _ handed: inout FanOut.Handed) {
    guard let sink = watchers[id]?.sink else { return }
    sink.deliver(shown, isLast: !isCrowd)
    if isCrowd { handed.unflushed[id] = sink }
  }

  private mutating func deliverToSubscriber(
    _ id: WatcherID, _ shown: ShownEvent, _ isCrowd: Bool, _ handed: inout FanOut.Handed
  ) {
    let event = shown.event
    guard var subscription = watchers[id]?.subscriptions[event.address], subscription.isLive else { return }
    if event.seq == subscription.cursor + 1 {
      subscription.cursor = event.seq
      hand(shown, to: id, isCrowd, &handed)
    } else if event.seq > subscription.cursor {
      subscription.isLive = false
    }
    watchers[id]?.subscriptions[event.address] = subscription
  }

  /// Records that an event of this number exists, for readers of the log.
  mutating func sawHead(_ seq: Int64, of address: SessionAddress) {
    if let head = heads[address] { heads[address] = max(head, seq) }
  }

  /// Continuations of subscriptions that have just fallen behind.
  mutating func takeBehind(_ address: SessionAddress) -> [CheckedContinuation<Void, Never>] {
    (subscribers[address] ?? []).compactMap { id in
      guard watchers[id]?.subscriptions[address]?.isLive == false else { return nil }
      return watchers[id]?.subscriptions[address]?.waiter.take()
    }
  }

  /// Removes the readers that wait for an event up to `last`.
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
