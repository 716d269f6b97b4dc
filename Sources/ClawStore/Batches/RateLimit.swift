import ClawCore

/// Limits how fast each user may start runs, over all channels. A token bucket in the store, so that the limit is
/// shared by all nodes.
public struct RateLimit: Sendable {
  /// 0 means no limit.
  public let perMinute: Int
  /// Burst size in runs; at least 1.
  public let burst: Int

  public init(perMinute: Int, burst: Int) {
    self.perMinute = perMinute
    self.burst = max(1, burst)
  }

  /// Takes one run's worth of tokens; a rollback returns it.
  /// - Throws: ``ClawError`` `resourceExhausted` with the time until there are enough.
  func take(for user: UserID, in transaction: TenantTransaction, at now: Timestamp) throws {
    guard perMinute > 0 else { return }
    let left = try transaction.rateBuckets.take(for: user, burst: burst, perMinute: perMinute, at: now)
    guard left < 0 else { return }
    let wait = (-left + Int64(perMinute) - 1) / Int64(perMinute)
    throw ClawError(
      .resourceExhausted, "too many messages: the limit is \(perMinute) a minute", kind: .policy,
      details: [.limit: .integer(Int64(perMinute))], retryAfter: .milliseconds(wait))
  }

  /// Time to fill an empty bucket: one that was unused for so long can be deleted.
  public var memory: Duration { .milliseconds(Int64(burst) * RateBuckets.unit / Int64(max(1, perMinute))) }
}
