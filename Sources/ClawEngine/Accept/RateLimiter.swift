import ClawCore
import Synchronization

/// A token bucket per tenant and user, for every entrance that starts a run.
final class RateLimiter: Sendable {
  /// Buckets that are kept; those that are full by now are dropped first, since they say nothing, then the longest unused.
  private static let maxBuckets = 10_000

  private struct Key: Hashable {
    let tenant: TenantID
    let user: UserID
  }

  private struct Bucket {
    var tokens: Double
    var filledAt: Timestamp
  }

  private let perMinute: Int
  private let burst: Double
  private let buckets = Mutex<[Key: Bucket]>([:])

  init(perMinute: Int, burst: Int) {
    self.perMinute = perMinute
    self.burst = Double(max(1, burst))
  }

  /// Takes one token.
  /// - Throws: ``ClawError`` `resourceExhausted` with the time until there is one.
  func take(tenant: TenantID, user: UserID, at now: Timestamp) throws(ClawError) {
    guard perMinute > 0 else { return }
    let perSecond = Double(perMinute) / 60
    let wait = buckets.withLock { buckets -> Double in
      let key = Key(tenant: tenant, user: user)
      var bucket = buckets[key] ?? Bucket(tokens: burst, filledAt: now)
      let elapsed = Double(max(0, (now - bucket.filledAt).milliseconds)) / 1000
      bucket.tokens = min(burst, bucket.tokens + elapsed * perSecond)
      bucket.filledAt = now
      let wait = bucket.tokens >= 1 ? 0 : (1 - bucket.tokens) / perSecond
      if wait == 0 { bucket.tokens -= 1 }
      buckets[key] = bucket
      if buckets.count > Self.maxBuckets { Self.shrink(&buckets, burst: burst, perSecond: perSecond, at: now) }
      return wait
    }
    guard wait > 0 else { return }
    throw ClawError(
      .resourceExhausted, "too many messages: the limit is \(perMinute) a minute", kind: .policy,
      details: ["limit": .integer(Int64(perMinute))], retryAfter: .milliseconds(Int64((wait * 1000).rounded(.up))))
  }

  /// Makes room for as many again as a quarter of the bound.
  private static func shrink(
    _ buckets: inout [Key: Bucket], burst: Double, perSecond: Double, at now: Timestamp
  ) {
    buckets = buckets.filter { _, bucket in
      bucket.tokens + Double((now - bucket.filledAt).milliseconds) / 1000 * perSecond < burst
    }
    let excess = buckets.count - maxBuckets * 3 / 4
    guard excess > 0 else { return }
    for (key, _) in buckets.sorted(by: { $0.value.filledAt < $1.value.filledAt }).prefix(excess) { buckets[key] = nil }
  }
}
