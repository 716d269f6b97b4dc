import ClawCore

/// Erases all data of a tenant or a user, in batches: from every table, as ``Tables`` declares it. Rows with parts in
/// other tables are detached one by one; ``RowRemoval`` removes the parts.
public struct Erasure {
  let transaction: TenantTransaction

  // MARK: - One session

  private static let session = TenantStatement("DELETE FROM sessions WHERE tenant_id = $1 AND id = $2")
  private static let sessions = TenantStatement(
    """
    SELECT id FROM sessions WHERE tenant_id = $1 AND (CAST($2 AS TEXT) = '' OR user_id = CAST($2 AS TEXT))
    ORDER BY id LIMIT $3
    """)

  /// Sessions of a user, or of all, to be erased; includes rows whose session was deleted. Locks them.
  public func sessions(of user: UserID?, limit: Int) throws -> [SessionID] {
    let sessions = try transaction.query(Self.sessions, .text(user?.rawValue ?? ""), .int(limit)) { row in
      SessionID(unchecked: row.text(0))
    }
    try transaction.sessionLocks.lock(sessions)
    return sessions
  }

  /// Detaches a session: it and its content are no longer visible, and a run in progress loses its lease.
  /// - Returns: The rows still to be removed. Record it in the same transaction.
  private func detach(_ session: SessionID) throws -> Removal {
    try transaction.sessionLocks.lock(session)
    try transaction.queue.removeAll(of: session)
    try transaction.execute(Self.session, .id(session))
    return Removal(.session, session.rawValue, of: transaction.tenant)
  }

  /// Erases a session; its content is no longer visible, but may be removed later.
  public func erase(_ session: SessionID, at time: Timestamp) throws {
    try transaction.removals.add(detach(session), at: time)
  }

  /// As ``erase(_:at:)``, and removes the first batch of rows at once.
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
  /// Tables that may hold many rows. What the user did for others stays, without their name.
  private static let someOfUser = Tables.ofTenants.reversed().flatMap(\.removalsOfSomeOfUser)
  private static let ofUser = Tables.ofTenants.reversed().flatMap(\.removalsOfUser)

  /// Removes a user's credentials and records that their data is to be erased. Their runs under another credential
  /// still report how they end, so they are not stopped.
  public func begin(erasing user: UserID, at time: Timestamp) throws -> Removal {
    try transaction.execute(Self.mark, .id(user), .time(time))
    try eraseCredentials(of: user)
    let removal = Removal(of: user, in: transaction.tenant)
    try transaction.removals.add(removal, at: time)
    return removal
  }

  /// The user of a removal; nil if they no longer exist.
  public func user(of removal: Removal) throws -> UserID? {
    try transaction.query(Self.marked) { row -> UserID in row.id(0) }
      .first { Removal(of: $0, in: transaction.tenant) == removal }
  }

  /// Removes a user's credentials.
  public func eraseCredentials(of user: UserID) throws {
    let hashes = try [Self.devicesOfUser, Self.requestsOfUser].flatMap { statement in
      try transaction.query(statement, .id(user)) { $0.text(0) }
    }
    for hash in hashes { try transaction.credentials.remove(hash) }
    for key in try transaction.apiKeys.keys(of: user) { try transaction.apiKeyHashes.remove(key.hash) }
  }

  /// Erases a batch of a user's data once their sessions are erased.
  /// - Returns: Whether the removal is complete; also false if there are sessions again.
  public func continueRemoval(_ removal: Removal, of user: UserID, at time: Timestamp) throws -> Bool {
    guard try transaction.removals.hold(removal) else { return true }
    guard try sessions(of: user, limit: 1).isEmpty else { return false }
    var left = RowRemoval.batch
    let jobs: [JobID] = try transaction.query(Self.jobsOfUser, .id(user), .int(left)) { $0.id(0) }
    for job in jobs { try transaction.removals.add(transaction.cronJobs.detach(job), at: time) }
    left -= jobs.count
    left -= try transaction.media.removeSome(of: user, limit: left, at: time)
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

  /// Tables that may hold many rows.
  private static let someOfTenant = Tables.ofTenants.reversed().compactMap(\.removalOfSome)
  /// Emptied in one statement each: few rows are left, or their number is limited.
  private static let ofTenant = Tables.ofTenants.reversed().compactMap(\.removalOfAll)
  private static let ofNode = Tables.all.compactMap(\.removalOfTenant)

  /// Records that a tenant's data is to be erased. The tenant must be suspended.
  public func beginTenant(at time: Timestamp) throws -> Removal {
    let removal = Removal(ofTenant: transaction.tenant)
    try transaction.removals.add(removal, at: time)
    return removal
  }

  /// Erases a batch of a tenant's data once its sessions are erased, and finally the tenant.
  /// - Returns: Whether the removal is complete; also false if there are sessions again.
  public func continueTenantRemoval(_ removal: Removal) throws -> Bool {
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
