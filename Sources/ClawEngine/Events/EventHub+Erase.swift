import ClawCore

/// Sessions that were erased with their numbers: those of a tenant, or of one of its users. One of the same name that
/// comes later begins to count anew, so nothing that was remembered of the old numbers may hold for it.
extension EventHub {
  /// Forgets where the logs of a tenant's sessions were, once all is shown that was published before. Live subscriptions
  /// go on with the first event of whoever comes by the same name.
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
          // It is being sent what the old log held, and would go live behind that.
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
  /// The sessions of which anything is remembered.
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
