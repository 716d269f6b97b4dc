import ClawCore
import ClawStore
import Logging

/// Puts runs back into their mailboxes that have waited until their time came.
struct WakeParkedRuns: Sendable {
  /// Runs of a lane that are woken in one round; the next one follows soon.
  private static let atOnce = 100

  let store: Store
  let time: TimeSource
  let logger: Logger

  /// Looks once. Costs one look into an index for each lane where nothing is due.
  /// - Returns: The lanes in which something can be claimed by it.
  func callAsFunction() async throws -> [Lane] {
    let now = time.now
    let due = try await store.node.read { transaction in
      try Lane.allCases.flatMap { lane in
        try transaction.queue.dueParked(lane, now: now, limit: Self.atOnce).map { (lane: lane, run: $0) }
      }
    }
    var lanes: Set<Lane> = []
    for (lane, parked) in due {
      do {
        try await store.tenant(parked.tenant).write { transaction in
          try transaction.sessionLocks.lock(parked.mailbox)
          _ = try transaction.queue.wake(parked.run, in: parked.mailbox)
        }
        lanes.insert(lane)
      } catch {
        logger.warning(
          "run.wake_failed", metadata: ["tenant": "\(parked.tenant)", "run": "\(parked.run)", "error": "\(error)"])
      }
    }
    return Array(lanes)
  }
}
