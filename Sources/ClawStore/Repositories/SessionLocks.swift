import ClawCore

/// Row locks of sessions, which PostgreSQL holds until the transaction ends and SQLite does not need: it has one
/// writer.
///
/// Everything that belongs to a session (its runs, its mailbox in the work queue, its messages and events) is changed
/// by one transaction at a time, which first locks the session's row. `Docs/design/store.md` has the complete lock
/// order.
public struct SessionLocks {
  let transaction: TenantTransaction

  private static let byAddress = TenantStatement(
    """
    SELECT id, last_message_seq, window_start_seq, head_seq, oldest_seq, resume_seq, created_at, pending
    FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND key = $3
    """, locks: true)
  private static let byID = TenantStatement(
    "SELECT id FROM sessions WHERE tenant_id = $1 AND id = $2", locks: true)
  fileprivate static let ofRun = TenantStatement(
    """
    SELECT id FROM sessions
    WHERE tenant_id = $1 AND id = (SELECT session_id FROM runs WHERE tenant_id = $1 AND id = $2)
    """, locks: true)
  private static let address = TenantStatement("SELECT user_id, key FROM sessions WHERE tenant_id = $1 AND id = $2")

  /// Locks a session and reads its current counters; nil if it does not exist.
  @discardableResult
  public func lock(_ address: SessionAddress) throws -> SessionCounters? {
    try transaction.query(
      Self.byAddress, .id(address.user), .id(address.key), read: SessionRepository.counters(from:)
    ).first
  }

  /// Locks a session; false if it does not exist.
  @discardableResult
  public func lock(_ session: SessionID) throws -> Bool {
    try !transaction.query(Self.byID, .id(session)) { $0.isNull(0) }.isEmpty
  }

  /// Locks several sessions, in the same order as shared transactions do.
  public func lock(_ sessions: [SessionID]) throws {
    if sessions.count == 1 { try lock(sessions[0]) }
    guard sessions.count > 1 else { return }
    let keyed = try sessions.flatMap { session in
      try transaction.query(Self.address, .id(session)) { row in
        (session, SessionAddress(tenant: transaction.tenant, user: row.id(0), key: row.id(1)).lockKey)
      }
    }
    for (session, _) in keyed.sorted(by: { $0.1 < $1.1 }) { try lock(session) }
  }
}

extension RunRepository {
  /// Locks the session of a run and reads the run; nil if it does not exist.
  public func lockedHeader(of id: RunID) throws -> RunHeader? {
    _ = try transaction.query(SessionLocks.ofRun, .id(id)) { $0.isNull(0) }
    return try header(of: id)
  }
}

extension TenantTransaction {
  public var sessionLocks: SessionLocks { SessionLocks(transaction: self) }
}
