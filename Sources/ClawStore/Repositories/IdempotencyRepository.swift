import ClawCore

/// Which request a key stands for, for as long as it is remembered.
public struct IdempotencyRepository {
  let transaction: TenantTransaction

  private static let find = TenantStatement(
    """
    SELECT fingerprint, run_id, created_at FROM idempotency_keys
    WHERE tenant_id = $1 AND user_id = $2 AND key = $3
    """)
  private static let remove = TenantStatement(
    "DELETE FROM idempotency_keys WHERE tenant_id = $1 AND user_id = $2 AND key = $3 AND created_at < $4")
  private static let put = TenantStatement(
    """
    INSERT INTO idempotency_keys (tenant_id, user_id, key, fingerprint, run_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant_id, user_id, key) DO NOTHING
    """)
  private static let removeBefore = TenantStatement(
    "DELETE FROM idempotency_keys WHERE tenant_id = $1 AND created_at < $2")

  /// What the key was used for since `since`; an older use is forgotten.
  public func use(of key: String, by user: UserID, since: Timestamp) throws -> (fingerprint: String, run: RunID)? {
    let found = try transaction.query(Self.find, .id(user), .text(key)) {
      (fingerprint: $0.text(0), run: RunID(unchecked: $0.text(1)), at: $0.time(2))
    }
    guard let use = found.first else { return nil }
    guard use.at < since else { return (use.fingerprint, use.run) }
    try transaction.execute(Self.remove, .id(user), .text(key), .time(since))
    return nil
  }

  /// To be called in the transaction that found no use of the key.
  /// - Throws: ``DatabaseError`` `conflict` if another transaction used it meanwhile: done again, this one finds that.
  public func remember(_ key: String, of user: UserID, fingerprint: String, run: RunID, at time: Timestamp) throws {
    let added = try transaction.execute(
      Self.put, .id(user), .text(key), .text(fingerprint), .id(run), .time(time))
    guard added == 1 else {
      throw DatabaseError(kind: .conflict, code: 0, message: "an idempotency key was used twice at once")
    }
  }

  public func forget(before time: Timestamp) throws {
    try transaction.execute(Self.removeBefore, .time(time))
  }
}

extension TenantTransaction {
  public var idempotency: IdempotencyRepository { IdempotencyRepository(transaction: self) }
}
