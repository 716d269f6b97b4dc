import ClawCore

/// How fast each user may start runs, for every entrance. What is left of it is kept in the store, so it is one limit
/// however many nodes there are.
public struct RateLimit: Sendable {
  /// 0 is no limit.
  public let perMinute: Int
  /// Runs that may be started at once before the limit bites; at least 1.
  public let burst: Int

  public init(perMinute: Int, burst: Int) {
    self.perMinute = perMinute
    self.burst = max(1, burst)
  }

  /// Takes one run's worth; given back if the transaction is.
  /// - Throws: ``ClawError`` `resourceExhausted` with the time until there is enough.
  func take(for user: UserID, in transaction: TenantTransaction, at now: Timestamp) throws {
    guard perMinute > 0 else { return }
    let left = try transaction.rateBuckets.take(for: user, burst: burst, perMinute: perMinute, at: now)
    guard left < 0 else { return }
    let wait = (-left + Int64(perMinute) - 1) / Int64(perMinute)
    throw ClawError(
      .resourceExhausted, "too many messages: the limit is \(perMinute) a minute", kind: .policy,
      details: [.limit: .integer(Int64(perMinute))], retryAfter: .milliseconds(wait))
  }

  /// How long a bucket takes to fill: one that was not used for so long says nothing.
  public var memory: Duration { .milliseconds(Int64(burst) * RateBuckets.unit / Int64(max(1, perMinute))) }
}
