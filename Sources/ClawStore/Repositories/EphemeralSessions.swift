import ClawCore

/// Sessions of calls that were to leave nothing behind.
public struct EphemeralSessions {
  let transaction: TenantTransaction

  private static let expired = TenantStatement(
    """
    SELECT id, message_count + head_seq - oldest_seq + 1 FROM sessions
    WHERE tenant_id = $1 AND is_ephemeral = 1 AND pending = 0 AND updated_at < $2
    ORDER BY updated_at, id LIMIT $3
    """)
  /// Locks the row by its key alone: with more conditions the planner may take the index of what has expired.
  private static let hold = TenantStatement(
    "SELECT is_ephemeral, pending, updated_at FROM sessions WHERE tenant_id = $1 AND id = $2", locks: true)

  /// A session that has had its time.
  public struct Expired: Sendable {
    public let id: SessionID
    /// Its messages and events.
    public let rows: Int
  }

  /// Sessions in which nothing was said since `time`, oldest first.
  public func expired(before time: Timestamp, limit: Int) throws -> [Expired] {
    try transaction.query(Self.expired, .time(time), .int(limit)) { Expired(id: $0.id(0), rows: $0.int(1)) }
  }

  /// Removes a session with all that was said and done in it, unless somebody speaks in it again.
  /// - Returns: Whether nothing is left to remove; what is left is seen by nobody.
  public func remove(_ session: SessionID, before time: Timestamp, at now: Timestamp) throws -> Bool {
    let isExpired = try transaction.query(Self.hold, .id(session)) { row in
      row.bool(0) && row.int(1) == 0 && row.time(2) < time
    }
    guard isExpired == [true] else { return true }
    return try transaction.erasure.eraseNow(session, at: now)
  }
}

extension TenantTransaction {
  public var ephemeralSessions: EphemeralSessions { EphemeralSessions(transaction: self) }
}
