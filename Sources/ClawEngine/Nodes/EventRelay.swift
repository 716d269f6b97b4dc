import ClawCore
import ClawStore
import Logging

/// Delivers events from the logs of sessions that the hub is not up to date with: events written by other nodes, and
/// events committed here in another order than they were published.
struct EventRelay: Sendable {
  /// Logs read concurrently.
  private static let maxReads = 4
  /// How far back the first event for a watcher is searched.
  private static let lookBack: Int64 = 2_000

  let store: Store
  let hub: EventHub
  /// Pause between two attempts while the store can't be read.
  let retryDelay: Duration
  let logger: Logger

  /// Runs until cancelled.
  func run() async {
    while !Task.isCancelled {
      _ = await hub.stale.wait()
      var sessions = hub.staleSessions[...]
      await withTaskGroup(of: Void.self) { group in
        for session in sessions.prefix(Self.maxReads) { group.addTask { await catchUp(session) } }
        sessions = sessions.dropFirst(Self.maxReads)
        while await group.next() != nil {
          if let session = sessions.popFirst() { group.addTask { await catchUp(session) } }
        }
      }
    }
  }

  private func catchUp(_ session: SessionAddress) async {
    while !Task.isCancelled, let reading = hub.reading(session) {
      do {
        let page = try await store.tenant(session.tenant).read { transaction in
          try EngineEventFeed.page(
            of: session, after: Self.start(reading, of: session, in: transaction), in: transaction)
        }
        let isLast = page.events.count < EngineEventFeed.pageSize
        if hub.show(page, of: session, after: reading, isLast: isLast) { return }
      } catch {
        // The session stays behind until the store is back; any other error is a bug that needs attention.
        logger.log(
          level: error.isOutage ? .debug : .error, "events.relay_failed",
          metadata: ["tenant": "\(session.tenant)", "error": "\(error)"])
        guard (try? await Task.sleep(for: retryDelay)) != nil else { return }
      }
    }
  }

  private static func start(
    _ reading: EventHub.Reading, of session: SessionAddress, in transaction: TenantTransaction
  ) throws -> Int64 {
    if let position = reading.position { return position }
    guard let counters = try transaction.sessions.counters(of: session) else { return 0 }
    let back = max(counters.oldestSeq - 1, counters.headSeq - lookBack)
    let first = try transaction.events.first(of: counters.id, after: back, since: reading.since)
    let start = first.map { $0 - 1 } ?? counters.headSeq
    return min(start, max(reading.floor ?? start, counters.oldestSeq - 1))
  }
}
