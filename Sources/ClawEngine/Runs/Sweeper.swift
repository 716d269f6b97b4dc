import ClawCore
import ClawStore
import Logging

/// Removes expired rows: events, idempotency keys, outcomes of slots, full rate-limit buckets. Reads before it writes,
/// and writes a bounded number of rows at a time.
struct Sweeper: Sendable {
  /// Sessions read in one transaction.
  private static let pageSize = 200
  /// The outcome of a commit is never looked up later than this.
  private static let markRetention: Duration = .seconds(86_400)

  let store: Store
  let configuration: EngineConfiguration
  /// How long a rate-limit bucket takes to be full again.
  let rateLimitMemory: Duration
  let transcripts: TranscriptCache
  let media: MediaStore
  /// Wakes the ``RemovalWorker``.
  let removals: LaneSignal
  let time: TimeSource
  let logger: Logger

  func run(_ duty: LeasedTask) async {
    while !Task.isCancelled {
      guard (try? await Task.sleep(for: configuration.sweepInterval)) != nil else { return }
      do {
        try await duty.perform(every: configuration.sweepInterval) { try await sweep() }
      } catch  where !Task.isCancelled {
        logger.warning("sweep.failed", metadata: ["error": "\(error)"])
      } catch {
        return
      }
    }
  }

  func sweep() async throws {
    let markCutoff = cutoff(Self.markRetention)
    try await store.node.write { try $0.state.forgetMarks(before: markCutoff) }
    try await repairMailboxes()
    try await store.eachTenant { [logger] tenant, error in
      logger.warning("sweep.tenant_failed", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
    } _: {
      try await sweep($0)
    }
  }

  /// Mailboxes repaired in one round.
  private static let mailboxesAtOnce = 100

  /// Runs in a mailbox without a head can't be claimed. No transaction leaves one behind; if a bug does, the session is
  /// repaired here instead of at the next start.
  private func repairMailboxes() async throws {
    let headless = try await store.node.read { try $0.queue.headless(limit: Self.mailboxesAtOnce) }
    for (tenant, mailbox) in headless {
      let metadata: Logger.Metadata = ["tenant": "\(tenant)", "session": "\(mailbox)"]
      do {
        try await store.tenant(tenant).write { transaction in
          try transaction.sessionLocks.lock(mailbox)
          try transaction.queue.promote(mailbox)
        }
        logger.warning("queue.head_repaired", metadata: metadata)
      } catch {
        logger.warning(
          "queue.head_not_repaired", metadata: metadata.merging(["error": "\(error)"]) { $1 })
      }
    }
  }

  private func cutoff(_ retention: Duration) -> Timestamp {
    Timestamp(milliseconds: time.now.milliseconds - retention.milliseconds)
  }

  private func sweep(_ tenant: TenantID) async throws {
    let database = store.tenant(tenant)
    try await forget(in: database)
    try await removeEphemeralSessions(of: database, at: time.now)
    try await removeEvents(in: database)
    // A different folder in each round, so that all are checked within a few days and none delays the rest.
    let round = time.now.milliseconds / max(1, configuration.sweepInterval.milliseconds)
    let sweepMedia = SweepMedia(media: media, tenant: tenant)
    if try await sweepMedia(round: UInt8(truncatingIfNeeded: round)) { removals.signal() }
  }

  private func forget(in database: TenantDatabase) async throws {
    let keyCutoff = cutoff(configuration.idempotencyRetention)
    let slotCutoff = cutoff(configuration.slotRetention)
    let bucketCutoff = cutoff(rateLimitMemory)
    let found = try await database.read { transaction in
      (
        keys: try transaction.idempotency.hasAny(before: keyCutoff),
        slots: try transaction.cronSlots.hasAny(before: slotCutoff),
        buckets: try transaction.rateBuckets.hasAny(before: bucketCutoff)
      )
    }
    if found.keys { try await batches(in: database) { try $0.idempotency.forget(before: keyCutoff) } }
    if found.slots { try await batches(in: database) { try $0.cronSlots.forget(before: slotCutoff) } }
    if found.buckets { try await batches(in: database) { try $0.rateBuckets.forget(before: bucketCutoff) } }
  }

  /// Repeats a transaction that removes at most ``RowRemoval/batch`` rows until it finds fewer.
  private func batches(
    in database: TenantDatabase, _ body: @escaping @Sendable (TenantTransaction) throws -> Int
  ) async throws {
    repeat { try Task.checkCancellation() } while try await database.write(body) >= RowRemoval.batch
  }

  private func removeEvents(in database: TenantDatabase) async throws {
    let cutoff = cutoff(configuration.eventRetention)
    var last: SessionID?
    while true {
      let after = last
      let page = try await database.read { try $0.sessions.withEvents(after: after, limit: Self.pageSize) }
      for session in page where session.oldestAt.map({ $0 < cutoff }) ?? false {
        try await removeEvents(of: session.id, from: session.oldestSeq, cutoff, database)
      }
      guard page.count == Self.pageSize else { return }
      last = page.last?.id
    }
  }

  private func removeEvents(
    of session: SessionID, from oldest: Int64, _ cutoff: Timestamp, _ database: TenantDatabase
  ) async throws {
    var oldest = oldest
    while true {
      try Task.checkCancellation()
      let from = oldest
      let next = try await database.write { transaction in
        let next = try transaction.events.removeExpired(
          of: session, from: from, cutoff: cutoff, limit: RowRemoval.batch)
        if next > from { try transaction.sessions.setOldest(next, of: session) }
        return next
      }
      guard next > from else { return }
      oldest = next
    }
  }
}
