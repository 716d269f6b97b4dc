import ClawCore

/// Removes all that a tenant or a user has. A test walks the schema and fails for a table that is not thought of here.
public struct Erasure {
  let transaction: TenantTransaction

  // MARK: - One session

  private static let toolStartsOfSession = TenantStatement(
    """
    DELETE FROM tool_starts WHERE tenant_id = $1 AND run_id IN
      (SELECT id FROM runs WHERE tenant_id = $1 AND session_id = $2)
    """)
  private static let session = TenantStatement("DELETE FROM sessions WHERE tenant_id = $1 AND id = $2")
  private static let removal = NodeStatement("DELETE FROM removals WHERE tenant_id = $1 AND subject = $2")
  private static let sessions = TenantStatement(
    """
    SELECT id FROM sessions WHERE tenant_id = $1 AND (CAST($2 AS TEXT) = '' OR user_id = CAST($2 AS TEXT))
    ORDER BY id LIMIT $3
    """)

  /// Sessions of a user, or of all, to be erased; those under whose key there is none now included. Locks them.
  public func sessions(of user: UserID?, limit: Int) throws -> [SessionID] {
    let sessions = try transaction.query(Self.sessions, .text(user?.rawValue ?? ""), .int(limit)) { row in
      SessionID(unchecked: row.text(0))
    }
    try transaction.sessionLocks.lock(sessions)
    return sessions
  }

  /// Removes a session and all that was said and done in it. Whoever still works on it has lost its lease by this.
  public func erase(_ session: SessionID) throws {
    try transaction.sessionLocks.lock(session)
    try transaction.queue.removeAll(of: session)
    try transaction.execute(Self.toolStartsOfSession, .id(session))
    try transaction.runs.removeAll(of: session)
    try transaction.messages.removeAll(of: session)
    try transaction.events.removeAll(of: session)
    try transaction.execute(Self.session, .id(session))
    try transaction.node.execute(Self.removal, .id(transaction.tenant), .id(session))
  }

  // MARK: - One user

  private static let jobsOfUser = TenantStatement("SELECT id FROM cron_jobs WHERE tenant_id = $1 AND user_id = $2")
  private static let devicesOfUser = TenantStatement(
    "SELECT sender_hash FROM paired_devices WHERE tenant_id = $1 AND user_id = $2")
  private static let requestsOfUser = TenantStatement(
    "SELECT sender_hash FROM pairing_requests WHERE tenant_id = $1 AND (user_id = $2 OR requested_by = $2)")
  /// What they did for others stays, without their name.
  private static let ofUser: [TenantStatement] = [
    TenantStatement(
      """
      DELETE FROM cron_slots WHERE tenant_id = $1 AND job_id IN
        (SELECT id FROM cron_jobs WHERE tenant_id = $1 AND user_id = $2)
      """),
    TenantStatement("DELETE FROM cron_jobs WHERE tenant_id = $1 AND user_id = $2"),
    TenantStatement("DELETE FROM paired_devices WHERE tenant_id = $1 AND user_id = $2"),
    TenantStatement("DELETE FROM pairing_requests WHERE tenant_id = $1 AND (user_id = $2 OR requested_by = $2)"),
    TenantStatement("DELETE FROM idempotency_keys WHERE tenant_id = $1 AND user_id = $2"),
    TenantStatement("DELETE FROM rate_buckets WHERE tenant_id = $1 AND user_id = $2"),
    TenantStatement("DELETE FROM api_keys WHERE tenant_id = $1 AND user_id = $2"),
    TenantStatement("DELETE FROM users WHERE tenant_id = $1 AND user_id = $2"),
    TenantStatement("UPDATE api_keys SET created_by = '' WHERE tenant_id = $1 AND created_by = $2"),
    TenantStatement("UPDATE runs SET actor_user = '' WHERE tenant_id = $1 AND actor_user = $2"),
    TenantStatement("UPDATE paired_devices SET paired_by = '' WHERE tenant_id = $1 AND paired_by = $2"),
  ]

  /// Removes what lets a user in.
  public func eraseCredentials(of user: UserID) throws {
    let hashes = try [Self.devicesOfUser, Self.requestsOfUser].flatMap { statement in
      try transaction.query(statement, .id(user)) { $0.text(0) }
    }
    for hash in hashes { try transaction.credentials.remove(hash) }
    for key in try transaction.apiKeys.keys(of: user) { try transaction.apiKeyHashes.remove(key.hash) }
  }

  /// Removes all that is left of a user.
  public func erase(_ user: UserID) throws {
    try eraseCredentials(of: user)
    for session in try sessions(of: user, limit: .max) { try erase(session) }
    for job in try transaction.query(Self.jobsOfUser, .id(user), read: { JobID(unchecked: $0.text(0)) }) {
      try transaction.cronDue.remove(job)
    }
    for statement in Self.ofUser { try transaction.execute(statement, .id(user)) }
  }

  // MARK: - The tenant

  private static let ofTenant: [TenantStatement] = [
    TenantStatement("DELETE FROM tool_starts WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM runs WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM messages WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM events WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM sessions WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM idempotency_keys WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM rate_buckets WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM cron_slots WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM cron_jobs WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM pairing_requests WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM paired_devices WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM agents WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM api_keys WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM secrets WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM users WHERE tenant_id = $1"),
  ]
  private static let ofNode: [NodeStatement] = [
    NodeStatement("DELETE FROM work_queue WHERE tenant_id = $1"),
    NodeStatement("DELETE FROM removals WHERE tenant_id = $1"),
    NodeStatement("DELETE FROM cron_due WHERE tenant_id = $1"),
    NodeStatement("DELETE FROM device_credentials WHERE tenant_id = $1"),
    NodeStatement("DELETE FROM api_key_hashes WHERE tenant_id = $1"),
    NodeStatement("DELETE FROM tenants WHERE tenant_id = $1"),
  ]

  /// Removes all that is left of the tenant, itself included.
  public func eraseTenant() throws {
    for statement in Self.ofNode { try transaction.node.execute(statement, .id(transaction.tenant)) }
    for statement in Self.ofTenant { try transaction.execute(statement) }
  }
}

extension TenantTransaction {
  public var erasure: Erasure { Erasure(transaction: self) }
}
