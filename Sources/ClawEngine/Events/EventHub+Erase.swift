import ClawCore

/// Sessions that were erased with their event counters: those of a tenant, or of one of its users. A later session of
/// the same name counts from the start again, so nothing cached about the old numbers may apply to it.
extension EventHub {
  /// Forgets the log positions of a tenant's sessions, once all events published before are delivered. Live
  /// subscriptions continue with the first event of a new session of the same name.
  /// - Parameter user: Nil for all users.
  func erased(_ user: UserID?, of tenant: TenantID) {
    let people = state.withLock { state -> Set<Person> in
      if let user { return [Person(tenant: tenant, user: user)] }
      var people = Set(state.byPerson.keys)
      for address in state.remembered { people.insert(Person(of: address)) }
      return people.filter { $0.tenant == tenant }
    }
    for person in people {
      fanOut.add(for: person) { [self] in
        forget(person)
        return nil
      }
    }
  }

  private func forget(_ person: Person) {
    let base = eventBase.load(ordering: .relaxed)
    let (waiters, then) = state.withLock { state -> ([CheckedContinuation<Void, Never>], [@Sendable () -> Void]) in
      var waiters: [CheckedContinuation<Void, Never>] = []
      var then: [@Sendable () -> Void] = []
      for address in state.remembered where Person(of: address) == person {
        for id in state.subscribers[address] ?? [] {
          if state.watchers[id]?.subscriptions[address]?.isLive == true {
            state.watchers[id]?.subscriptions[address]?.cursor = base
            continue
          }
          // It is still replaying the old log, and would go live after that.
          state.deliverHeldBack(to: id, address)
          if let waiter = state.watchers[id]?.subscriptions.removeValue(forKey: address)?.waiter {
            waiters.append(waiter)
          }
          state.forgetSubscriber(id, of: address)
        }
        then += state.shared?.stale.removeValue(forKey: address)?.then ?? []
        state.shared?.positions[address] = nil
        state.shared?.floors[address] = nil
        if state.heads[address] != nil { state.heads[address] = 0 }
        state.unlogged.remove(address)
      }
      return (waiters, then)
    }
    waiters.forEach { $0.resume() }
    then.forEach { $0() }
  }
}

extension EventHub.State {
  /// The sessions with any cached state.
  fileprivate var remembered: Set<SessionAddress> {
    var addresses = Set(subscribers.keys).union(heads.keys).union(unlogged.order)
    addresses.formUnion(followers.values.map(\.address))
    guard let shared else { return addresses }
    addresses.formUnion(shared.positions.keys)
    addresses.formUnion(shared.floors.keys)
    addresses.formUnion(shared.stale.keys)
    return addresses
  }
}
