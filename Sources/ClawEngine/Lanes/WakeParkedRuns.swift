import ClawCore
import ClawStore
import Logging

/// Requeues parked runs whose wait has expired.
struct WakeParkedRuns: Sendable {
  /// Runs of a lane woken in one round; the next round follows soon.
  private static let atOnce = 100

  let store: Store
  let time: TimeSource
  let logger: Logger

  /// Wakes due runs once. Costs one index read per lane if nothing is due.
  /// - Returns: The lanes that now have runs to claim.
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
