import ClawCore

/// Ephemeral sessions, whose content is not kept.
public struct EphemeralSessions {
  let transaction: TenantTransaction

  private static let expired = TenantStatement(
    """
    SELECT id, message_count + head_seq - oldest_seq + 1 FROM sessions
    WHERE tenant_id = $1 AND is_ephemeral = 1 AND pending = 0 AND updated_at < $2
    ORDER BY updated_at, id LIMIT $3
    """)
  /// Locks the row by its key alone: with more conditions the planner may use the index of expired sessions.
  private static let hold = TenantStatement(
    "SELECT is_ephemeral, pending, updated_at FROM sessions WHERE tenant_id = $1 AND id = $2", locks: true)

  /// An expired session.
  public struct Expired: Sendable {
    public let id: SessionID
    /// The number of its messages and events.
    public let rows: Int
  }

  /// Sessions without messages since `time`, oldest first.
  public func expired(before time: Timestamp, limit: Int) throws -> [Expired] {
    try transaction.query(Self.expired, .time(time), .int(limit)) { Expired(id: $0.id(0), rows: $0.int(1)) }
  }

  /// Removes a session with its content, unless it has been used again.
  /// - Returns: Whether nothing is left to remove; what is left is no longer visible.
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
