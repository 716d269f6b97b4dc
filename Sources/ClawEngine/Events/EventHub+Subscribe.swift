import ClawCore

extension EventHub {
  /// Begins a subscription that is not live yet: from now on the watcher gets no events of the session automatically.
  /// Nil if the watcher is closed.
  func subscribe(_ id: WatcherID, to address: SessionAddress, after cursor: Int64) -> Int? {
    let (generation, waiter) = state.withLock { state -> (Int?, CheckedContinuation<Void, Never>?) in
      guard state.watchers[id] != nil else { return (nil, nil) }
      state.generation += 1
      let old = state.watchers[id]?.subscriptions[address]?.waiter
      state.watchers[id]?.subscriptions[address] = Subscription(
        cursor: cursor, delivered: cursor, generation: state.generation)
      state.subscribers[address, default: []].insert(id)
      // From here on the head is tracked, so that going live can tell whether the log was read far enough.
      state.heads[address] = state.heads[address] ?? 0
      return (state.generation, old)
    }
    waiter?.resume()
    return generation
  }

  /// Sets the start of a subscription, once it is known.
  func setCursor(_ cursor: Int64, of id: WatcherID, _ address: SessionAddress, generation: Int) {
    state.withLock { state in
      guard state.watchers[id]?.subscriptions[address]?.generation == generation else { return }
      state.watchers[id]?.subscriptions[address]?.cursor = cursor
    }
  }

  /// Ends a subscription; with a generation, only if it is still that one.
  func unsubscribe(_ id: WatcherID, from address: SessionAddress, generation: Int? = nil) {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      guard let subscription = state.watchers[id]?.subscriptions[address],
        generation == nil || subscription.generation == generation
      else { return nil }
      state.watchers[id]?.subscriptions[address] = nil
      state.forgetSubscriber(id, of: address)
      return subscription.waiter
    }
    waiter?.resume()
  }

  /// The cursor of a subscription, if its generation is unchanged.
  func cursor(of id: WatcherID, _ address: SessionAddress, generation: Int) -> Int64? {
    state.withLock { state in
      guard let subscription = state.watchers[id]?.subscriptions[address], subscription.generation == generation
      else { return nil }
      return subscription.cursor
    }
  }

  /// Makes a subscription live if the log was read up to the newest published event; false if there is more.
  func goLive(_ id: WatcherID, _ address: SessionAddress, generation: Int, cursor: Int64) -> Bool {
    state.withLock { state in
      guard state.watchers[id]?.subscriptions[address]?.generation == generation else { return true }
      guard (state.heads[address] ?? 0) <= cursor else { return false }
      state.watchers[id]?.subscriptions[address]?.cursor = cursor
      state.watchers[id]?.subscriptions[address]?.isLive = true
      state.deliverHeldBack(to: id, address)
      return true
    }
  }

  /// Returns once a live subscription has fallen behind, was replaced or has ended, or when cancelled.
  func untilBehind(_ id: WatcherID, _ address: SessionAddress, generation: Int) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          guard let subscription = state.watchers[id]?.subscriptions[address],
            subscription.generation == generation, subscription.isLive, !Task.isCancelled
          else { return false }
          state.watchers[id]?.subscriptions[address]?.waiter = continuation
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
        guard state.watchers[id]?.subscriptions[address]?.generation == generation else { return nil }
        return state.watchers[id]?.subscriptions[address]?.waiter.take()
      }
      waiter?.resume()
    }
  }

  /// Waits for an event with `seq > after`. Returns it and those published with it if nothing lies between, an empty
  /// array if the log has to be read, nil when cancelled. `log` is called after the reader is registered.
  func nextEvents(
    of address: SessionAddress, after: Int64, ticket: Int, log: @Sendable () async throws -> LogPage
  ) async throws -> [RunEvent]? {
    state.withLock { $0.addReader(of: address) }
    defer { state.withLock { $0.removeReader(of: address) } }
    let stored = try await log()
    if !stored.events.isEmpty { return stored.events }
    let asked = after
    let after = stored.reached
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state -> [RunEvent]?? in
          if Task.isCancelled { return .some(nil) }
          let unlogged = state.unlogged.after(asked, of: address)
          if !unlogged.isEmpty { return .some(unlogged) }
          if (state.heads[address] ?? 0) > after { return .some([]) }
          state.pulls[address, default: [:]][ticket] = Pull(after: after, continuation: continuation)
          return nil
        }
        if let isDue { continuation.resume(returning: isDue) }
      }
    } onCancel: {
      let pull = state.withLock { state in
        let pull = state.pulls[address]?.removeValue(forKey: ticket)
        if state.pulls[address]?.isEmpty == true { state.pulls[address] = nil }
        return pull
      }
      pull?.continuation.resume(returning: nil)
    }
  }

  /// A ticket that identifies a waiting reader.
  func ticket() -> Int {
    state.withLock { state in
      state.generation += 1
      return state.generation
    }
  }
}
