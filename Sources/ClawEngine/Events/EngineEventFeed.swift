import ClawCore
import ClawStore
import Logging

/// The event log as watchers see it: from the store until they have caught up, then live from the hub.
struct EngineEventFeed: EventFeed {
  /// Events read from the log at once.
  static let pageSize = 200

  let store: Store
  let hub: EventHub
  let time: TimeSource
  /// Pause before the log is read again after a failed read.
  let retryDelay: Duration
  let logger: Logger

  func attach(_ watcher: any RunEventWatcher, as principal: Principal) -> WatcherID {
    hub.attach(watcher, tenant: principal.tenant, user: principal.user, at: time.now)
  }

  func detach(_ watcher: WatcherID) {
    hub.detach(watcher)
  }

  func subscribe(
    _ watcher: WatcherID, to session: SessionKey, user: UserID?, after afterSeq: Int64?, as principal: Principal
  ) async throws -> PendingSubscription {
    let address = SessionAddress(tenant: principal.tenant, user: try principal.acting(for: user), key: session)
    let info = try await info(on: address)
    let cursor = afterSeq ?? info.headSeq
    try check(cursor, against: info)
    // Automatic delivery is replaced only now, so that it misses nothing meanwhile; events published since the head was
    // read are found in the log.
    guard let generation = hub.subscribe(watcher, to: address, after: cursor) else {
      throw ClawError(.failedPrecondition, "the connection is closed")
    }
    return PendingSubscription(info: info) {
      await follow(watcher, address, generation: generation)
    }
  }

  func unsubscribe(
    _ watcher: WatcherID, from session: SessionKey, user: UserID?, as principal: Principal
  ) async throws {
    let address = SessionAddress(tenant: principal.tenant, user: try principal.acting(for: user), key: session)
    hub.unsubscribe(watcher, from: address)
  }

  func events(of address: SessionAddress, after: Int64) -> RunEventSequence {
    let ticket = hub.ticket()
    return RunEventSequence(after: after) { cursor in
      while !Task.isCancelled {
        let batch = try await hub.nextEvents(of: address, after: cursor, ticket: ticket) {
          try await page(of: address, after: cursor)
        }
        guard let batch else { return [] }
        if !batch.isEmpty { return batch }
      }
      return []
    }
  }

  private func info(on address: SessionAddress) async throws -> SubscriptionInfo {
    let now = time.now
    return try await store.tenant(address.tenant).read { transaction in
      guard let counters = try transaction.sessions.counters(of: address) else {
        return SubscriptionInfo(session: address.key, headSeq: 0, oldestSeq: 1, activeRun: nil)
      }
      let head = try transaction.queue.head(of: counters.id, now: now)
      let running = head.flatMap { $0.isRunning ? $0.run : nil }
      return SubscriptionInfo(
        session: address.key, headSeq: counters.headSeq, oldestSeq: counters.oldestSeq,
        activeRun: try running ?? transaction.queue.parked(in: counters.id))
    }
  }

  private func check(_ cursor: Int64, against info: SubscriptionInfo) throws(ClawError) {
    guard cursor >= 0 else { throw ClawError(field: .position, "must not be negative") }
    guard cursor <= info.headSeq else {
      throw ClawError(
        .failedPrecondition, field: .position, "\(cursor) is beyond the last event, which is \(info.headSeq)",
        details: [.lastEvent: .integer(info.headSeq), .oldestEvent: .integer(info.oldestSeq)])
    }
    guard cursor >= info.oldestSeq - 1 else {
      throw ClawError(
        .failedPrecondition,
        "events after \(cursor) are no longer kept; read the transcript, and subscribe after the number it comes with",
        details: [.lastEvent: .integer(info.headSeq), .oldestEvent: .integer(info.oldestSeq)])
    }
  }

  /// Catches up from the log, goes live, and starts over whenever the watcher falls behind; ends with the subscription.
  private func follow(_ watcher: WatcherID, _ address: SessionAddress, generation: Int) async {
    while !Task.isCancelled {
      guard let cursor = hub.cursor(of: watcher, address, generation: generation) else { return }
      guard let reached = await replay(to: watcher, address, generation: generation, after: cursor) else {
        return hub.unsubscribe(watcher, from: address, generation: generation)
      }
      if hub.goLive(watcher, address, generation: generation, cursor: reached) {
        await hub.untilBehind(watcher, address, generation: generation)
      } else {
        hub.setCursor(reached, of: watcher, address, generation: generation)
      }
    }
  }

  /// Sends the events of the log after `cursor`; returns the last number sent, or nil if the watcher is closed.
  private func replay(
    to watcher: WatcherID, _ address: SessionAddress, generation: Int, after cursor: Int64
  ) async -> Int64? {
    var cursor = cursor
    while !Task.isCancelled {
      guard let sink = hub.sink(of: watcher) else { return nil }
      do {
        let page = try await page(of: address, after: cursor)
        guard !page.events.isEmpty else { return page.reached }
        guard hub.cursor(of: watcher, address, generation: generation) != nil else { return nil }
        guard await sink.deliverPaced(page.events) else { return nil }
        if let last = page.events.last { hub.delivered(last.seq, to: watcher, address, generation: generation) }
        cursor = page.reached
        if page.events.count < Self.pageSize { return cursor }
      } catch {
        // The store is out of reach; the subscription stays behind until it is back. Any other error is a bug that
        // needs attention.
        logger.log(
          level: error.isOutage ? .debug : .error, "events.read_failed",
          metadata: ["tenant": "\(address.tenant)", "error": "\(error)"])
        try? await Task.sleep(for: retryDelay)
      }
    }
    return nil
  }

  private func page(of address: SessionAddress, after cursor: Int64) async throws -> EventHub.LogPage {
    try await store.tenant(address.tenant).read { try Self.page(of: address, after: cursor, in: $0) }
  }

  /// The events of a session's log after `cursor`.
  static func page(
    of address: SessionAddress, after cursor: Int64, in transaction: TenantTransaction
  ) throws -> EventHub.LogPage {
    guard let counters = try transaction.sessions.counters(of: address), counters.headSeq > cursor else {
      return EventHub.LogPage(events: [], reached: cursor)
    }
    let events = try transaction.events.events(of: counters.id, at: address, after: cursor, limit: pageSize)
    // The session was deleted: no events up to its head will follow.
    return EventHub.LogPage(events: events, reached: events.last?.seq ?? max(cursor, counters.oldestSeq - 1))
  }
}

extension EventHub {
  func sink(of id: WatcherID) -> (any RunEventWatcher)? {
    state.withLock { $0.watchers[id]?.sink }
  }
}
