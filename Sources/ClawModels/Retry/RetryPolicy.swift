/// When the same question is asked again of the same model.
public struct RetryPolicy: Sendable, Hashable {
  /// How often a model is asked in all, the first time included.
  public var attempts: Int
  /// The pause after the first failure; doubled after each further one.
  public var base: Duration
  /// The same after a rate limit whose provider does not say how long it lasts; they are counted per minute, mostly.
  public var rateLimitBase: Duration
  /// The longest pause. A provider that asks for a longer one is left for the next model instead.
  public var cap: Duration
  /// The share by which a pause is made longer or shorter at random, so that callers don't come back in step.
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

  /// How long to pause after the given attempt (from 1), or nil if this model shouldn't be asked again.
  /// `random` is in 0…1. A pause that the provider asked for is kept to, never shortened.
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
