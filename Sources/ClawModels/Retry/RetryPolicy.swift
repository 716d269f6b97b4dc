/// When to retry with the same model.
public struct RetryPolicy: Sendable, Hashable {
  /// Attempts per model, including the first.
  public var attempts: Int
  /// Delay after the first failure; doubled after each further one.
  public var base: Duration
  /// The same after a rate limit without a stated delay; rate limits are mostly per minute.
  public var rateLimitBase: Duration
  /// The longest delay. If a provider asks for a longer one, the next model is tried instead.
  public var cap: Duration
  /// Relative random variation of a delay, so that callers do not retry in step.
  public var jitter: Double

  public init(
    attempts: Int = 3, base: Duration = .milliseconds(300), rateLimitBase: Duration = .seconds(2),
    cap: Duration = .seconds(30), jitter: Double = 0.1
  ) {
    self.attempts = max(1, attempts)
    self.base = base
    self.rateLimitBase = rateLimitBase
    self.cap = cap
    self.jitter = min(max(jitter, 0), 1)
  }

  /// The delay after the given attempt (from 1), or nil to stop. `random` is in 0…1. A delay that the provider asked
  /// for is never shortened.
  func pause(
    afterAttempt attempt: Int, kind: FailureKind = .unavailable, retryAfter: Duration?, random: Double
  ) -> Duration? {
    guard attempt < attempts else { return nil }
    if let retryAfter { return retryAfter <= cap ? max(retryAfter, .zero) : nil }
    let base = kind == .rateLimited ? rateLimitBase : base
    let doubled = min(base * (1 << min(attempt - 1, 20)), cap)
    return min(doubled * (1 + jitter * (2 * random - 1)), cap)
  }
}
