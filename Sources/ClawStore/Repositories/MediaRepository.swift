import ClawCore
import ClawJSON

/// The media of a tenant and their owners. Each row refers to a file; a row is added before its file gets its final
/// name, so that a file with a row is never removed.
public struct MediaRepository {
  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO media (tenant_id, id, user_id, session_id, sha256, type, size, created_at)
    VALUES ($1, $2, $3, '', $4, $5, $6, $7)
    """)
  private static let find = TenantStatement(
    "SELECT id, user_id, sha256, type, size, created_at FROM media WHERE tenant_id = $1 AND id = $2")
  private static let use = TenantStatement(
    "UPDATE media SET session_id = $2 WHERE tenant_id = $1 AND id = $3 AND session_id = ''")
  /// Bytes of all files, each counted once.
  private static let bytes = TenantStatement(
    """
    SELECT CAST(COALESCE(SUM(size), 0) AS BIGINT) FROM media WHERE tenant_id = $1 AND NOT EXISTS
      (SELECT 1 FROM media other WHERE other.tenant_id = $1 AND other.sha256 = media.sha256 AND other.id < media.id)
    """)
  private static let ofFile = TenantStatement("SELECT id FROM media WHERE tenant_id = $1 AND sha256 = $2 LIMIT 1")
  private static let ofSession = TenantStatement(
    """
    SELECT id, sha256 FROM media
    WHERE tenant_id = $1 AND session_id = $2 AND session_id <> '' ORDER BY id LIMIT $3
    """)
  private static let ofUser = TenantStatement(
    "SELECT id, sha256 FROM media WHERE tenant_id = $1 AND user_id = $2 ORDER BY id LIMIT $3")
  private static let unused = TenantStatement(
    """
    SELECT id, sha256 FROM media
    WHERE tenant_id = $1 AND session_id = '' AND created_at < $2 ORDER BY created_at, id LIMIT $3
    """)
  private static let isUnused = TenantStatement(
    "SELECT id, sha256 FROM media WHERE tenant_id = $1 AND id = $2 AND session_id = ''")
  private static let remove = TenantStatement("DELETE FROM media WHERE tenant_id = $1 AND id = $2")

  /// Adds media that nothing uses yet. Once this transaction is committed, its file is not removed.
  public func add(_ media: StoredMedia) throws {
    let part = media.part
    try transaction.removals.withdraw(removal(of: part.digest), at: media.createdAt)
    try transaction.execute(
      Self.insert, .id(part.id), .id(media.user), .text(part.digest), .text(part.type), .int(part.size),
      .time(media.createdAt))
  }

  public func media(_ id: MediaID) throws -> StoredMedia? {
    try transaction.query(Self.find, .id(id)) { row in
      StoredMedia(
        part: MediaPart(id: row.id(0), digest: row.text(2), type: row.text(3), size: row.int(4)), user: row.id(1),
        createdAt: row.time(5))
    }.first
  }

  /// Assigns media to a session, with which they are removed. Media of a session stay with it.
  func use(_ media: [MediaID], in session: SessionID) throws {
    for id in media { try transaction.executePipelined(Self.use, .id(session), .id(id)) }
  }

  /// Bytes of the tenant's files.
  public func bytes() throws -> Int64 { try transaction.query(Self.bytes) { $0.integer(0) }.first ?? 0 }

  /// Whether a row refers to a file.
  public func isReferred(to digest: String) throws -> Bool {
    try !transaction.query(Self.ofFile, .text(digest)) { $0.isNull(0) }.isEmpty
  }

  func hasAny(of session: SessionID) throws -> Bool {
    try !transaction.query(Self.ofSession, .id(session), .int(1)) { $0.isNull(0) }.isEmpty
  }

  /// Removes rows of a deleted session.
  /// - Returns: Their number.
  func removeSome(of session: SessionID, limit: Int, at time: Timestamp) throws -> Int {
    try remove(transaction.query(Self.ofSession, .id(session), .int(limit)) { ($0.id(0), $0.text(1)) }, at: time)
  }

  /// Removes rows of a user who is being erased.
  /// - Returns: Their number.
  func removeSome(of user: UserID, limit: Int, at time: Timestamp) throws -> Int {
    try remove(transaction.query(Self.ofUser, .id(user), .int(limit)) { ($0.id(0), $0.text(1)) }, at: time)
  }

  /// Removes unused media added before `cutoff`.
  /// - Returns: Their number.
  public func removeUnused(before cutoff: Timestamp, limit: Int, at time: Timestamp) throws -> Int {
    try remove(transaction.query(Self.unused, .time(cutoff), .int(limit)) { ($0.id(0), $0.text(1)) }, at: time)
  }

  /// Whether there are unused media added before `cutoff`.
  public func hasUnused(before cutoff: Timestamp) throws -> Bool {
    try !transaction.query(Self.unused, .time(cutoff), .int(1)) { $0.isNull(0) }.isEmpty
  }

  /// Removes those of the given media that are still unused.
  public func removeUnused(_ media: [MediaID], at time: Timestamp) throws {
    let rows = try media.flatMap { id in
      try transaction.query(Self.isUnused, .id(id)) { ($0.id(0) as MediaID, $0.text(1)) }
    }
    _ = try remove(rows, at: time)
  }

  /// Records that a file may have no row any more.
  public func noteUnreferred(_ digest: String, at time: Timestamp) throws {
    try transaction.removals.add(removal(of: digest), at: time)
  }

  /// Removes rows, and records that their files may have no row any more.
  private func remove(_ rows: [(id: MediaID, digest: String)], at time: Timestamp) throws -> Int {
    for row in rows { try transaction.execute(Self.remove, .id(row.id)) }
    // Sorted, so that two transactions don't deadlock.
    for digest in UTF8Set(rows.map(\.digest)).sorted(by: { $0.bytesPrecede($1) }) {
      try noteUnreferred(digest, at: time)
    }
    return rows.count
  }

  private func removal(of digest: String) -> Removal { Removal(.media, digest, of: transaction.tenant) }
}

extension TenantTransaction {
  public var media: MediaRepository { MediaRepository(transaction: self) }
}
