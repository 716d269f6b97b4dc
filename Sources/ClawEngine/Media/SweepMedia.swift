import ClawCore
import ClawStore

/// Removes unused media, and files that no row refers to.
struct SweepMedia: Sendable {
  /// Files checked in one round for each tenant.
  private static let filesAtOnce = 200
  /// A younger file may be about to get its row.
  private static let youth: Duration = .seconds(3600)

  let media: MediaStore
  let tenant: TenantID

  /// - Parameter round: Which of the 256 folders is checked.
  /// - Returns: Whether files may have lost their last row.
  func callAsFunction(round: UInt8) async throws -> Bool {
    let (database, now) = (media.store.tenant(tenant), media.time.now)
    let cutoff = Timestamp(milliseconds: now.milliseconds - media.configuration.unusedRetention.milliseconds)
    var hasRemoved = false
    while try await database.read({ try $0.media.hasUnused(before: cutoff) }) {
      try Task.checkCancellation()
      _ = try await database.write { try $0.media.removeUnused(before: cutoff, limit: RowRemoval.batch, at: now) }
      hasRemoved = true
    }
    let young = Timestamp(milliseconds: now.milliseconds - Self.youth.milliseconds)
    try await media.folder.removeAbandoned(of: tenant, before: young, limit: Self.filesAtOnce)
    let files = try await media.folder.files(of: tenant, in: round, before: young, limit: Self.filesAtOnce)
    let orphans = try await database.read { transaction in
      try files.filter { try !transaction.media.isReferred(to: $0) }
    }
    guard !orphans.isEmpty else { return hasRemoved }
    try await database.write { transaction in
      for digest in orphans { try transaction.media.noteUnreferred(digest, at: now) }
    }
    return true
  }
}
