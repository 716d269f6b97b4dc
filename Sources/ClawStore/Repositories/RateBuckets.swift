import ClawCore

/// Rate limiting: one token bucket per user, shared by all nodes. A rolled back transaction returns its tokens.
public struct RateBuckets {
  /// The cost of one message. A bucket that is refilled by n messages a minute gains n units a millisecond.
  public static let unit: Int64 = 60_000

  let transaction: TenantTransaction

  private static let take = TenantStatement(
    """
    INSERT INTO rate_buckets (tenant_id, user_id, level, filled_at) VALUES ($1, $2, $3 - $5, $4)
    ON CONFLICT (tenant_id, user_id) DO UPDATE SET
      level = CASE
        WHEN rate_buckets.level + CASE
          WHEN $4 > rate_buckets.filled_at THEN ($4 - rate_buckets.filled_at) * $6 ELSE 0 END > $3 THEN $3
        ELSE rate_buckets.level + CASE
          WHEN $4 > rate_buckets.filled_at THEN ($4 - rate_buckets.filled_at) * $6 ELSE 0 END
        END - $5,
      filled_at = CASE WHEN $4 > rate_buckets.filled_at THEN $4 ELSE rate_buckets.filled_at END
    RETURNING level
    """)
  private static let hasOlder = TenantStatement(
    "SELECT 1 FROM rate_buckets WHERE tenant_id = $1 AND filled_at < $2 LIMIT 1")
  /// The time is compared again: a bucket may be used while the statement waits for its row.
  private static let forget = TenantStatement(
    """
    DELETE FROM rate_buckets WHERE tenant_id = $1 AND +filled_at < $2 AND user_id IN
      (SELECT user_id FROM rate_buckets WHERE tenant_id = $1 AND filled_at < $2 ORDER BY filled_at LIMIT $3)
    """)

  /// Takes the cost of one message.
  /// - Parameters:
  ///   - burst: Capacity of the bucket in messages.
  ///   - perMinute: Refill rate in messages a minute.
  /// - Returns: What is left, in ``unit``s a message; if it is negative, there was not enough and the transaction must
  ///   be rolled back.
  public func take(for user: UserID, burst: Int, perMinute: Int, at time: Timestamp) throws -> Int64 {
    try transaction.query(
      Self.take, .id(user), .integer(Int64(burst) * Self.unit), .time(time), .integer(Self.unit), .int(perMinute)
    ) { $0.integer(0) }.first ?? 0
  }

  public func hasAny(before time: Timestamp) throws -> Bool {
    try !transaction.query(Self.hasOlder, .time(time)) { $0.int(0) }.isEmpty
  }

  /// Deletes buckets last used before `time`, at most `limit`; returns how many.
  public func forget(before time: Timestamp, limit: Int = RowRemoval.batch) throws -> Int {
    try transaction.execute(Self.forget, .time(time), .int(limit))
  }
}

extension TenantTransaction {
  public var rateBuckets: RateBuckets { RateBuckets(transaction: self) }
}
