import ClawCore

/// State of the hub where other nodes write to the same log.
///
/// Watchers without a subscription (the user's own connections, and the connection that started a run for them) have no
/// cursor in the log, so the hub keeps one for each session. The next event in order is delivered at once; on a gap, or
/// if the cursor is not known, the session is *stale* until the relay has read the log. Subscriptions and readers have
/// their own cursors and read the log themselves.
struct SharedLog {
  /// Limit of sessions with a cached position; beyond it all are dropped, which costs a read of the log each.
  static let maxPositions = 20_000

  /// A session queued for the relay.
  struct Stale {
    /// Grows with each request, so that the relay sees whether it must read again.
    var asked = 1
    /// Actions to run once all events committed before are delivered.
    var then: [@Sendable () -> Void] = []
  }

  /// The last delivered event of a session.
  var positions: [SessionAddress: Int64] = [:]
  /// Sessions that this node writes to, and where their logs ended before: for those without a known position.
  var floors: [SessionAddress: Int64] = [:]
  var stale: [SessionAddress: Stale] = [:]

  mutating func shown(_ seq: Int64, of address: SessionAddress) {
    floors[address] = nil
    if positions.count >= Self.maxPositions, positions[address] == nil { positions = [:] }
    positions[address] = max(positions[address] ?? 0, seq)
  }
}

extension EventHub {
  /// Where the relay reads from.
  struct Reading: Sendable {
    let asked: Int
    /// The last delivered event, if it is known.
    let position: Int64?
    /// Otherwise events written from then on are delivered,
    let since: Timestamp
    /// and in any case those after this one.
    let floor: Int64?
  }

  /// Other nodes have written to the log of a session, up to `last`.
  func hint(_ address: SessionAddress, last: Int64) {
    let (isStale, wakes) = state.withLock { state -> (Bool, Wakes) in
      guard state.shared != nil else { return (false, Wakes()) }
      state.sawHead(last, of: address)
      for id in state.subscribers[address] ?? [] {
        guard let subscription = state.watchers[id]?.subscriptions[address], subscription.isLive,
          subscription.cursor < last
        else { continue }
        state.watchers[id]?.subscriptions[address]?.isLive = false
      }
      let wakes = Wakes(
        pulls: state.takePulls(of: address, below: last).map { ($0, []) }, waiters: state.takeBehind(address))
      guard state.since(address) != nil else {
        state.shared?.positions[address] = nil
        return (false, wakes)
      }
      guard state.shared?.positions[address] ?? -1 < last else { return (false, wakes) }
      state.ask(address)
      return (true, wakes)
    }
    wakes.resume()
    if isStale { stale.signal() }
  }

  /// Runs an action once all events of a session published so far are delivered.
  func afterDelivery(_ address: SessionAddress, _ body: @escaping @Sendable () -> Void) {
    fanOut.add(for: Person(of: address)) { [self] in
      whenCaughtUp(address, body)
      return nil
    }
  }

  private func whenCaughtUp(_ address: SessionAddress, _ body: @escaping @Sendable () -> Void) {
    let isShown = state.withLock { state in
      guard state.shared?.stale[address] != nil else { return true }
      state.shared?.stale[address]?.then.append(body)
      return false
    }
    if isShown { body() }
  }

  /// A run starts in a session whose log ended here.
  func willBegin(after head: Int64, in address: SessionAddress) {
    // A node that writes alone keeps no positions.
    guard peers != nil else { return }
    fanOut.add(for: Person(of: address)) { [self] in
      state.withLock { state in
        guard let shared = state.shared, shared.positions[address] == nil, state.since(address) != nil else { return }
        if shared.floors.count >= SharedLog.maxPositions { state.shared?.floors = [:] }
        state.shared?.floors[address] = min(head, shared.floors[address] ?? head)
      }
      return nil
    }
  }

  // MARK: - The relay

  /// The sessions whose logs must be read.
  var staleSessions: [SessionAddress] { state.withLock { Array($0.shared?.stale.keys ?? [:].keys) } }

  /// Where to read on; nil if there are no watchers any more.
  func reading(_ address: SessionAddress) -> Reading? {
    let (reading, then) = state.withLock { state -> (Reading?, [@Sendable () -> Void]) in
      guard let shared = state.shared, let stale = shared.stale[address] else { return (nil, []) }
      guard let since = state.since(address) else {
        state.shared?.stale[address] = nil
        state.shared?.positions[address] = nil
        return (nil, stale.then)
      }
      return (
        Reading(
          asked: stale.asked, position: shared.positions[address], since: since, floor: shared.floors[address]), []
      )
    }
    then.forEach { $0() }
    return reading
  }

  /// Delivers events read from the log. False if it must be read again.
  func show(_ page: LogPage, of address: SessionAddress, after reading: Reading, isLast: Bool) -> Bool {
    let (isDone, wakes, then) = state.withLock { state -> (Bool, Wakes, [@Sendable () -> Void]) in
      let position = state.shared?.positions[address] ?? -1
      let events = Array(page.events.drop { $0.seq <= position })
      let wakes = state.deliver(events, of: address)
      state.shared?.shown(page.reached, of: address)
      guard isLast, let stale = state.shared?.stale[address], stale.asked == reading.asked else {
        return (false, wakes, [])
      }
      state.shared?.stale[address] = nil
      return (true, wakes, stale.then)
    }
    wakes.resume()
    wakes.handed.flush()
    then.forEach { $0() }
    return isDone
  }

  // MARK: - Polling for unannounced events

  /// Tenants with watchers on this node.
  var watchedTenants: Set<TenantID> {
    state.withLock { state in
      Set(
        state.byPerson.keys.map(\.tenant) + state.heads.keys.map(\.tenant)
          + state.followers.values.map(\.address.tenant))
    }
  }

  /// Whether any watcher here would get the events of a session.
  func isWatched(_ address: SessionAddress) -> Bool {
    state.withLock { $0.heads[address] != nil || $0.since(address) != nil }
  }
}

extension EventHub.State {
  /// The events that can be delivered at once: those next in order, or all if only this node writes or there are no
  /// watchers without a cursor. Nil if the log must be read first.
  mutating func due(_ events: [RunEvent], base: Int64) -> [RunEvent]? {
    guard let first = events.first, let last = events.last, let shared else { return events }
    let address = first.address
    guard since(address) != nil else {
      self.shared?.positions[address] = nil
      return events
    }
    // The first event that a session can have is never preceded by another.
    guard let position = shared.positions[address] ?? (first.seq == base + 1 ? base : nil), first.seq <= position + 1
    else {
      ask(address)
      return nil
    }
    self.shared?.shown(last.seq, of: address)
    return Array(events.drop { $0.seq <= position })
  }

  mutating func ask(_ address: SessionAddress) {
    if shared?.stale[address] == nil {
      shared?.stale[address] = SharedLog.Stale()
    } else {
      shared?.stale[address]?.asked += 1
    }
  }

  /// From when on watchers without a cursor get the events of a session; nil if there are none.
  func since(_ address: SessionAddress) -> Timestamp? {
    let person = EventHub.Person(tenant: address.tenant, user: address.user)
    let own = (byPerson[person] ?? []).compactMap { watchers[$0]?.since }
    guard !followers.isEmpty else { return own.min() }
    return (own + followers.values.filter { $0.address == address }.map(\.since)).min()
  }
}
