import ClawCore
import ClawStore

extension Sweeper {
  /// Sessions read together.
  private static let ephemeralPage = 200
  /// Messages and events removed in one transaction; the rest of a longer session follows.
  private static let ephemeralRows = RowRemoval.batch

  /// Removes the sessions of ephemeral calls.
  func removeEphemeralSessions(of database: TenantDatabase, at now: Timestamp) async throws {
    // A repeated idempotency key is answered from the run, for as long as the key is kept.
    let retention = max(configuration.ephemeralRetention, configuration.idempotencyRetention)
    let cutoff = Timestamp(milliseconds: now.milliseconds - retention.milliseconds)
    while true {
      var sessions = try await database.read {
        try $0.ephemeralSessions.expired(before: cutoff, limit: Self.ephemeralPage)
      }
      guard !sessions.isEmpty else { return }
      let isLast = sessions.count < Self.ephemeralPage
      while !sessions.isEmpty {
        try Task.checkCancellation()
        let batch = Self.batch(of: &sessions)
        let (transcripts, removals) = (transcripts, removals)
        try await database.write { transaction in
          try transaction.sessionLocks.lock(batch)
          var isWhole = true
          for session in batch {
            isWhole = try transaction.ephemeralSessions.remove(session, before: cutoff, at: now) && isWhole
          }
          let hasMore = !isWhole
          transaction.afterCommit {
            for session in batch { transcripts.remove(session) }
            if hasMore { removals.signal() }
          }
        }
      }
      if isLast { return }
    }
  }

  private static func batch(of sessions: inout [EphemeralSessions.Expired]) -> [SessionID] {
    var batch: [SessionID] = []
    var rows = 0
    while let next = sessions.first, batch.isEmpty || rows + next.rows <= ephemeralRows {
      batch.append(next.id)
      rows += next.rows
      sessions.removeFirst()
    }
    return batch
  }
}
