import ClawCore

/// Which request a key stands for, for as long as it is remembered.
public struct IdempotencyRepository {
  let transaction: TenantTransaction

  private static let find = TenantStatement(
    """
    SELECT fingerprint, run_id FROM idempotency_keys
    WHERE tenant_id = $1 AND user_id = $2 AND key = $3 AND created_at >= $4
    """)
  private static let put = TenantStatement(
    """
    INSERT INTO idempotency_keys (tenant_id, user_id, key, fingerprint, run_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant_id, user_id, key) DO UPDATE SET
      fingerprint = excluded.fingerprint, run_id = excluded.run_id, created_at = excluded.created_at
    """)
  private static let removeBefore = TenantStatement(
    "DELETE FROM idempotency_keys WHERE tenant_id = $1 AND created_at < $2")

  /// What the key was used for since `since`.
  public func use(of key: String, by user: UserID, since: Timestamp) throws -> (fingerprint: String, run: RunID)? {
    try transaction.query(Self.find, .id(user), .text(key), .time(since)) { row -> (fingerprint: String, run: RunID) in
      (row.text(0), row.id(1))
    }.first
  }

  public func remember(_ key: String, of user: UserID, fingerprint: String, run: RunID, at time: Timestamp) throws {
    try transaction.execute(Self.put, .id(user), .text(key), .text(fingerprint), .id(run), .time(time))
  }

  public func forget(before time: Timestamp) throws {
    try transaction.execute(Self.removeBefore, .time(time))
  }
}

extension TenantTransaction {
  public var idempotency: IdempotencyRepository { IdempotencyRepository(transaction: self) }
}
