import ClawCore

/// Maps idempotency keys to requests, until they expire.
public struct IdempotencyRepository {
  let transaction: TenantTransaction

  private static let find = TenantStatement(
    """
    SELECT fingerprint, run_id, own_run_id FROM idempotency_keys
    WHERE tenant_id = $1 AND user_id = $2 AND key = $3
    """)
  private static let claim = TenantStatement(
    """
    INSERT INTO idempotency_keys (tenant_id, user_id, key, fingerprint, run_id, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    ON CONFLICT (tenant_id, user_id, key) DO UPDATE SET
      fingerprint = excluded.fingerprint, run_id = excluded.run_id, own_run_id = NULL, created_at = excluded.created_at
    WHERE idempotency_keys.created_at < $7
    """)
  private static let redirect = TenantStatement(
    """
    UPDATE idempotency_keys SET run_id = $4, own_run_id = $5 WHERE tenant_id = $1 AND user_id = $2 AND key = $3
    """)
  private static let hasOlder = TenantStatement(
    "SELECT 1 FROM idempotency_keys WHERE tenant_id = $1 AND created_at < $2 LIMIT 1")
  /// The time is compared again: a key may be reused while the statement waits for its row.
  private static let removeBefore = TenantStatement(
    """
    DELETE FROM idempotency_keys WHERE tenant_id = $1 AND +created_at < $2 AND (user_id, key) IN
      (SELECT user_id, key FROM idempotency_keys WHERE tenant_id = $1 AND created_at < $2
       ORDER BY created_at LIMIT $3)
    """)

  /// The result of claiming a key.
  public enum Claim: Sendable, Hashable {
    /// The key was unused, and now belongs to this run.
    case new
    /// The key was used before.
    /// - `ifUnread`: Set if the message was for a running run: the run that it becomes if it is not read.
    case used(fingerprint: String, run: RunID, ifUnread: RunID? = nil)
  }

  /// Claims a key for a run, unless it was used at `since` or later; an older use is replaced.
  /// - Throws: ``DatabaseError`` `conflict` if the older use was deleted meanwhile; a retry finds none.
  public func claim(
    _ key: String, of user: UserID, fingerprint: String, run: RunID, since: Timestamp, at time: Timestamp
  ) throws -> Claim {
    let added = try transaction.execute(
      Self.claim, .id(user), .text(key), .text(fingerprint), .id(run), .time(time), .time(since))
    guard added == 0 else { return .new }
    let found = try transaction.query(Self.find, .id(user), .text(key)) {
      Claim.used(fingerprint: $0.text(0), run: RunID(unchecked: $0.text(1)), ifUnread: $0.optionalID(2))
    }
    guard let use = found.first else {
      throw DatabaseError(kind: .conflict, code: 0, message: "an idempotency key was forgotten as it was used")
    }
    return use
  }

  /// Points a key that was just claimed at a running run, since its message has no run of its own yet.
  public func redirect(_ key: String, of user: UserID, to run: RunID, ifUnread own: RunID) throws {
    try transaction.execute(Self.redirect, .id(user), .text(key), .id(run), .id(own))
  }

  public func hasAny(before time: Timestamp) throws -> Bool {
    try !transaction.query(Self.hasOlder, .time(time)) { $0.int(0) }.isEmpty
  }

  /// Deletes keys used before `time`, at most `limit`; returns how many.
  public func forget(before time: Timestamp, limit: Int = RowRemoval.batch) throws -> Int {
    try transaction.execute(Self.removeBefore, .time(time), .int(limit))
  }
}

extension TenantTransaction {
  public var idempotency: IdempotencyRepository { IdempotencyRepository(transaction: self) }
}
