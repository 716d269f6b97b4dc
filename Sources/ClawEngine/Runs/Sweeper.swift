import ClawCore
import ClawStore
import Logging

/// Removes what is kept for a time only: events, idempotency keys, what became of the times
/// of jobs, and allowances that are full again.
struct Sweeper: Sendable {
  /// Events that are removed in one transaction.
  private static let batch = 2000
  /// Sessions that are looked at in one transaction.
  private static let pageSize = 200

  /// Nobody asks for so long what became of a commit.
  private static let markRetention: Duration = .seconds(86_400)

  let engine: EngineParts

  func run() async {
    while !Task.isCancelled {
      guard (try? await Task.sleep(for: engine.configuration.sweepInterval)) != nil else { return }
      do {
        try await sweep()
      } catch {
        engine.logger.warning("sweep.failed", metadata: ["error": "\(error)"])
      }
    }
  }

  func sweep() async throws {
    let now = engine.time.now
    let eventCutoff = Timestamp(milliseconds: now.milliseconds - engine.configuration.eventRetention.milliseconds)
    let keyCutoff = Timestamp(milliseconds: now.milliseconds - engine.configuration.idempotencyRetention.milliseconds)
    let slotCutoff = Timestamp(milliseconds: now.milliseconds - engine.configuration.slotRetention.milliseconds)
    let bucketCutoff = Timestamp(milliseconds: now.milliseconds - engine.rateLimit.memory.milliseconds)
    let markCutoff = Timestamp(milliseconds: now.milliseconds - Self.markRetention.milliseconds)
    try await engine.store.node.write { try $0.state.forgetMarks(before: markCutoff) }
    for tenant in try await engine.store.node.read({ try $0.state.tenants() }) {
      let database = engine.store.tenant(tenant)
      try await database.write { transaction in
        try transaction.idempotency.forget(before: keyCutoff)
        try transaction.cronSlots.forget(before: slotCutoff)
        try transaction.rateBuckets.forget(before: bucketCutoff)
      }
      try await removeEphemeralSessions(of: database, at: now)
      var last: SessionID?
      while true {
        let after = last
        let page = try await database.read { try $0.sessions.withEvents(after: after, limit: Self.pageSize) }
        guard let end = page.last else { break }
        for session in page { try await removeEvents(of: session.id, from: session.oldestSeq, eventCutoff, database) }
        last = end.id
      }
    }
  }

  private func removeEvents(
    of session: SessionID, from oldest: Int64, _ cutoff: Timestamp, _ database: TenantDatabase
  ) async throws {
    var oldest = oldest
    while true {
      let from = oldest
      let next = try await database.write { transaction in
        let next = try transaction.events.removeExpired(of: session, from: from, cutoff: cutoff, limit: Self.batch)
        if next > from { try transaction.sessions.setOldest(next, of: session) }
        return next
      }
      guard next > from else { return }
      oldest = next
    }
  }
}
