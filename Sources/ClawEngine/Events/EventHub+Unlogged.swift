import ClawCore

/// Last events of runs whose session was removed together with its log: they can't be read there, so they are delivered
/// to all watchers, even across a gap.
extension EventHub {
  /// Limit of sessions whose unlogged events are kept for readers that were busy meanwhile; beyond it the oldest are
  /// evicted.
  static let maxUnlogged = 256

  /// Events at the end of a log that are searched for those to send to other nodes.
  static let maxAnnounced: Int64 = 512

  struct Unlogged {
    var events: [SessionAddress: [RunEvent]] = [:]
    var order: [SessionAddress] = []

    mutating func add(_ event: RunEvent) {
      if events[event.address] == nil {
        order.append(event.address)
        if order.count > EventHub.maxUnlogged { events[order.removeFirst()] = nil }
      }
      events[event.address, default: []].append(event)
    }

    mutating func remove(_ address: SessionAddress) {
      guard events.removeValue(forKey: address) != nil else { return }
      order.removeAll { $0 == address }
    }

    func after(_ seq: Int64, of address: SessionAddress) -> [RunEvent] {
      (events[address] ?? []).filter { $0.seq > seq }
    }
  }

  /// Delivers events of one session that are not in its log, each once, after those published before.
  func publishUnlogged(_ events: [RunEvent]) {
    guard let address = events.first?.address else { return }
    fanOut.add(for: Person(of: address)) { [self] in
      showUnlogged(events)
      return nil
    }
  }

  private func showUnlogged(_ events: [RunEvent]) {
    let wakes = state.withLock { state -> Wakes in
      var wakes = Wakes()
      for event in events {
        state.unlogged.add(event)
        state.deliverUnlogged(event)
        wakes.unlogged += state.takePulls(of: event.address, below: event.seq).map { ($0, [event]) }
      }
      return wakes
    }
    wakes.resume()
  }

  /// Records the last event sent to a subscriber from the log, so that it is not sent again.
  func delivered(_ seq: Int64, to id: WatcherID, _ address: SessionAddress, generation: Int) {
    state.withLock { state in
      guard state.watchers[id]?.subscriptions[address]?.generation == generation else { return }
      state.watchers[id]?.subscriptions[address]?.delivered = seq
    }
  }
}

extension EventHub.State {
  fileprivate mutating func deliverUnlogged(_ event: RunEvent) {
    let address = event.address
    sawHead(event.seq, of: address)
    let subscribed = subscribers[address] ?? []
    for id in subscribed { deliverUnlogged(event, to: id) }
    let isShown = shared.map { $0.positions[address] ?? -1 >= event.seq } ?? false
    if !isShown {
      let person = EventHub.Person(tenant: address.tenant, user: address.user)
      var others = (byPerson[person] ?? []).subtracting(subscribed)
      if let follower = followers[event.run]?.watcher, !subscribed.contains(follower) { others.insert(follower) }
      let shown = ShownEvent(event)
      for id in others { watchers[id]?.sink.deliver(shown, isLast: true) }
      if since(address) != nil { shared?.shown(event.seq, of: address) }
    }
    if event.body.isTerminal { followers[event.run] = nil }
  }

  private mutating func deliverUnlogged(_ event: RunEvent, to id: WatcherID) {
    guard var subscription = watchers[id]?.subscriptions[event.address] else { return }
    if !subscription.isLive {
      // The log is still being replayed to it; this follows.
      subscription.unlogged.append(event)
    } else if event.seq > subscription.cursor {
      subscription.cursor = event.seq
      watchers[id]?.sink.deliver(ShownEvent(event), isLast: true)
    }
    watchers[id]?.subscriptions[event.address] = subscription
  }

  /// Sends a subscription that goes live the unlogged events that arrived meanwhile.
  mutating func deliverHeldBack(to id: WatcherID, _ address: SessionAddress) {
    guard var subscription = watchers[id]?.subscriptions[address] else { return }
    for event in subscription.unlogged where event.seq > subscription.delivered {
      watchers[id]?.sink.deliver(ShownEvent(event), isLast: true)
      subscription.cursor = max(subscription.cursor, event.seq)
    }
    subscription.unlogged = []
    watchers[id]?.subscriptions[address] = subscription
  }
}
