/// When to reconnect.
///
/// Only transient failures are retried: no connection, a lost one, a busy gateway. A rejected token, a device awaiting
/// approval or another protocol version end the client at once.
public struct ReconnectPolicy: Sendable, Hashable {
  /// Whether to reconnect at all. The first connection is always tried once.
  public var isEnabled: Bool
  /// Delay before the first retry; it doubles with each failure. Up to half of it is subtracted at random, so that the
  /// clients of a restarted gateway do not all reconnect at once.
  public var firstDelay: Duration
  /// The longest delay between retries, unless the server asks for a longer one.
  public var maxDelay: Duration
  /// How long to retry after the connection was lost; forever if nil.
  public var giveUpAfter: Duration?

  /// By default retries forever, after 100 ms at first and 10 s at most.
  public init(
    isEnabled: Bool = true, firstDelay: Duration = .milliseconds(100), maxDelay: Duration = .seconds(10),
    giveUpAfter: Duration? = nil
  ) {
    self.isEnabled = isEnabled
    self.firstDelay = firstDelay
    self.maxDelay = maxDelay
    self.giveUpAfter = giveUpAfter
  }

  /// Leaves a lost connection closed.
  public static let never = ReconnectPolicy(isEnabled: false)

  /// The delay after this many consecutive failures, of which this is the last; nil to give up.
  func delay(
    afterFailures count: Int, _ error: ClientError, trying elapsed: Duration, chance: Double = .random(in: 0...1)
  ) -> Duration? {
    guard isEnabled, error.isTransient else { return nil }
    if let giveUpAfter, elapsed >= giveUpAfter { return nil }
    let full = min(maxDelay, firstDelay * (1 << min(count, 20)))
    return max(full * (1 - chance / 2), error.retryAfter ?? .zero)
  }
}

extension ClientError {
  /// Whether a retry may succeed.
  fileprivate var isTransient: Bool {
    switch self {
    case .cannotConnect, .connectTimeout, .connectionLost: true
    case .server(let body):
      body.retryable || [.unavailable, .resourceExhausted, .internalError].contains(body.code)
    case .runFailed, .pairingRequired, .unreadable, .tooLarge, .invalidParams, .overflow, .cancelled: false
    }
  }

  fileprivate var retryAfter: Duration? {
    guard case .server(let body) = self else { return nil }
    return body.retryAfterMs.map { .milliseconds($0) }
  }
}
