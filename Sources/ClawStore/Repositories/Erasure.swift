import ClawCore

/// Removes all that a tenant or a user has, some in each transaction. A test walks the schema and fails for a table that
/// is not thought of here.
public struct Erasure {
  let transaction: TenantTransaction

  // MARK: - One session

  private static let session = TenantStatement("DELETE FROM sessions WHERE tenant_id = $1 AND id = $2")
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

  /// Takes a session away: nobody finds it or what was said in it any more, and whoever still works on it has lost the
  /// lease by this.
  /// - Returns: What is still to be removed. Note it in the same transaction.
  private func detach(_ session: SessionID) throws -> Removal {
    try transaction.sessionLocks.lock(session)
    try transaction.queue.removeAll(of: session)
    try transaction.execute(Self.session, .id(session))
    return Removal(.session, session.rawValue, of: transaction.tenant)
  }

  /// Removes a session; what was said and done in it may be removed later, but is seen by nobody.
  public func erase(_ session: SessionID, at time: Timestamp) throws {
    try transaction.removals.add(detach(session), at: time)
  }

  /// As ``erase(_:at:)``, and removes the first rows of it at once.
  /// - Returns: Whether nothing is left to remove.
  public func eraseNow(_ session: SessionID, at time: Timestamp) throws -> Bool {
    try transaction.rowRemoval.begin(detach(session), at: time)
  }

  // MARK: - One user

  private static let jobsOfUser = TenantStatement(
    "SELECT id FROM cron_jobs WHERE tenant_id = $1 AND user_id = $2 ORDER BY id LIMIT $3")
  private static let devicesOfUser = TenantStatement(
    "SELECT sender_hash FROM paired_devices WHERE tenant_id = $1 AND user_id = $2")
  private static let requestsOfUser = TenantStatement(
    "SELECT sender_hash FROM pairing_requests WHERE tenant_id = $1 AND (user_id = $2 OR requested_by = $2)")
  private static let mark = TenantStatement(
    """
    INSERT INTO users (tenant_id, user_id, name, role, is_disabled, created_at, updated_at, revision, erased_at)
    VALUES ($1, $2, '', 'operator', 0, $3, $3, 1, $3)
    ON CONFLICT (tenant_id, user_id) DO UPDATE SET erased_at = excluded.erased_at
    """)
  private static let marked = TenantStatement(
    "SELECT user_id FROM users WHERE tenant_id = $1 AND erased_at > 0 ORDER BY user_id")
  /// What there may be much of. What they did for others stays, without their name.
  private static let someOfUser: [TenantStatement] = [
    TenantStatement(
      """
      DELETE FROM idempotency_keys WHERE tenant_id = $1 AND user_id = $2 AND key IN
        (SELECT key FROM idempotency_keys WHERE tenant_id = $1 AND user_id = $2 ORDER BY key LIMIT $3)
      """),
    TenantStatement(
      """
      UPDATE runs SET actor_user = '' WHERE tenant_id = $1 AND id IN
        (SELECT id FROM runs
         WHERE tenant_id = $1 AND actor_user = $2 AND actor_user <> user_id ORDER BY id LIMIT $3)
      """),
    TenantStatement(
      """
      UPDATE tool_calls SET decided_by = '' WHERE tenant_id = $1 AND decided_by <> ''
        AND (session_id, run_id, round, call_id) IN
        (SELECT session_id, run_id, round, call_id FROM tool_calls
         WHERE tenant_id = $1 AND decided_by = $2 AND decided_by <> ''
         ORDER BY session_id, run_id, round, call_id LIMIT $3)
      """),
    TenantStatement(
      """
      UPDATE inbox SET actor_user = '' WHERE tenant_id = $1 AND (session_id, id) IN
        (SELECT session_id, id FROM inbox WHERE tenant_id = $1 AND actor_user = $2 ORDER BY id LIMIT $3)
      """),
  ]
  private static let ofUser: [TenantStatement] = [
    TenantStatement("DELETE FROM paired_devices WHERE tenant_id = $1 AND user_id = $2"),
    TenantStatement("DELETE FROM pairing_requests WHERE tenant_id = $1 AND (user_id = $2 OR requested_by = $2)"),
    TenantStatement("DELETE FROM rate_buckets WHERE tenant_id = $1 AND user_id = $2"),
    TenantStatement("DELETE FROM api_keys WHERE tenant_id = $1 AND user_id = $2"),
    TenantStatement("DELETE FROM users WHERE tenant_id = $1 AND user_id = $2"),
    TenantStatement("UPDATE api_keys SET created_by = '' WHERE tenant_id = $1 AND created_by = $2"),
    TenantStatement("UPDATE paired_devices SET paired_by = '' WHERE tenant_id = $1 AND paired_by = $2"),
  ]

  /// Removes what lets a user in, and notes that all they have is to be removed. Whoever acts for them by another right
  /// is told how their runs end, so they are not switched off.
  public func begin(erasing user: UserID, at time: Timestamp) throws -> Removal {
    try transaction.execute(Self.mark, .id(user), .time(time))
    try eraseCredentials(of: user)
    let removal = Removal(of: user, in: transaction.tenant)
    try transaction.removals.add(removal, at: time)
    return removal
  }

  /// Whom a removal is about; nil if they are gone.
  public func user(of removal: Removal) throws -> UserID? {
    try transaction.query(Self.marked) { row -> UserID in row.id(0) }
      .first { Removal(of: $0, in: transaction.tenant) == removal }
  }

  /// Removes what lets a user in.
  public func eraseCredentials(of user: UserID) throws {
    let hashes = try [Self.devicesOfUser, Self.requestsOfUser].flatMap { statement in
      try transaction.query(statement, .id(user)) { $0.text(0) }
    }
    for hash in hashes { try transaction.credentials.remove(hash) }
    for key in try transaction.apiKeys.keys(of: user) { try transaction.apiKeyHashes.remove(key.hash) }
  }

  /// Removes some of what a user has whose sessions are gone.
  /// - Returns: Whether the removal is over; false too if there are sessions again.
  public func goOn(_ removal: Removal, of user: UserID, at time: Timestamp) throws -> Bool {
    guard try transaction.removals.hold(removal) else { return true }
    guard try sessions(of: user, limit: 1).isEmpty else { return false }
    var left = RowRemoval.batch
    let jobs: [JobID] = try transaction.query(Self.jobsOfUser, .id(user), .int(left)) { $0.id(0) }
    for job in jobs { try transaction.removals.add(transaction.cronJobs.detach(job), at: time) }
    left -= jobs.count
    for statement in Self.someOfUser where left > 0 {
      left -= try transaction.execute(statement, .id(user), .int(left))
    }
    guard left > 0 else { return false }
    try eraseCredentials(of: user)
    for statement in Self.ofUser { try transaction.execute(statement, .id(user)) }
    try transaction.removals.settle(removal)
    return true
  }

  // MARK: - The tenant

  /// What there may be much of.
  private static let someOfTenant: [TenantStatement] = [
    TenantStatement(
      """
      DELETE FROM messages WHERE tenant_id = $1 AND (session_id, seq) IN
        (SELECT session_id, seq FROM messages WHERE tenant_id = $1 ORDER BY session_id, seq LIMIT $2)
      """),
    TenantStatement(
      """
      DELETE FROM events WHERE tenant_id = $1 AND (session_id, seq) IN
        (SELECT session_id, seq FROM events WHERE tenant_id = $1 ORDER BY session_id, seq LIMIT $2)
      """),
    TenantStatement(
      """
      DELETE FROM tool_calls WHERE tenant_id = $1 AND (session_id, run_id, round, call_id) IN
        (SELECT session_id, run_id, round, call_id FROM tool_calls
         WHERE tenant_id = $1 ORDER BY session_id, run_id, round, call_id LIMIT $2)
      """),
    TenantStatement(
      """
      DELETE FROM outbox WHERE tenant_id = $1 AND (session_id, run_id) IN
        (SELECT session_id, run_id FROM outbox WHERE tenant_id = $1 ORDER BY session_id, run_id LIMIT $2)
      """),
    TenantStatement(
      """
      DELETE FROM inbox WHERE tenant_id = $1 AND (session_id, id) IN
        (SELECT session_id, id FROM inbox WHERE tenant_id = $1 ORDER BY session_id, id LIMIT $2)
      """),
    TenantStatement(
      """
      DELETE FROM runs WHERE tenant_id = $1 AND id IN
        (SELECT id FROM runs WHERE tenant_id = $1 ORDER BY id LIMIT $2)
      """),
    TenantStatement(
      """
      DELETE FROM cron_slots WHERE tenant_id = $1 AND (job_id, slot_at) IN
        (SELECT job_id, slot_at FROM cron_slots WHERE tenant_id = $1 ORDER BY job_id, slot_at LIMIT $2)
      """),
    TenantStatement(
      """
      DELETE FROM cron_jobs WHERE tenant_id = $1 AND id IN
        (SELECT id FROM cron_jobs WHERE tenant_id = $1 ORDER BY id LIMIT $2)
      """),
    TenantStatement(
      """
      DELETE FROM idempotency_keys WHERE tenant_id = $1 AND (user_id, key) IN
        (SELECT user_id, key FROM idempotency_keys WHERE tenant_id = $1 ORDER BY user_id, key LIMIT $2)
      """),
    TenantStatement(
      """
      DELETE FROM rate_buckets WHERE tenant_id = $1 AND user_id IN
        (SELECT user_id FROM rate_buckets WHERE tenant_id = $1 ORDER BY user_id LIMIT $2)
      """),
    TenantStatement(
      """
      DELETE FROM users WHERE tenant_id = $1 AND user_id IN
        (SELECT user_id FROM users WHERE tenant_id = $1 ORDER BY user_id LIMIT $2)
      """),
  ]
  /// Each whole: what is left is little, or bounded by what people do.
  private static let ofTenant: [TenantStatement] = [
    TenantStatement("DELETE FROM tool_calls WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM inbox WHERE tenant_id = $1"),
    TenantStatement("DELETE FROM outbox WHERE tenant_id = $1"),
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

  /// Notes that all a tenant has is to be removed. It must be suspended.
  public func beginTenant(at time: Timestamp) throws -> Removal {
    let removal = Removal(ofTenant: transaction.tenant)
    try transaction.removals.add(removal, at: time)
    return removal
  }

  /// Removes some of what a tenant has whose sessions are gone; at the end itself.
  /// - Returns: Whether the removal is over; false too if there are sessions again.
  public func goOnWithTenant(_ removal: Removal) throws -> Bool {
    guard try transaction.removals.hold(removal) else { return true }
    guard try sessions(of: nil, limit: 1).isEmpty else { return false }
    var left = RowRemoval.batch
    for statement in Self.someOfTenant where left > 0 { left -= try transaction.execute(statement, .int(left)) }
    guard left > 0 else { return false }
    for statement in Self.ofNode { try transaction.node.execute(statement, .id(transaction.tenant)) }
    for statement in Self.ofTenant { try transaction.execute(statement) }
    return true
  }
}

extension TenantTransaction {
  public var erasure: Erasure { Erasure(transaction: self) }
}
