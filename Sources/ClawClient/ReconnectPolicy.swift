/// When a lost connection is made anew.
///
/// Only what may be better the next time is tried again: no connection, a lost one, a gateway that is busy. A refused
/// token, a device that waits for approval or another version of the protocol end the client at once.
public struct ReconnectPolicy: Sendable, Hashable {
  /// Whether it is made anew at all. The first connection is tried once, whatever stands here.
  public var isEnabled: Bool
  /// The wait before the first try; it doubles with each failure. A random part of up to a half is taken off, so that
  /// the clients of a gateway that was restarted do not all come at once.
  public var firstDelay: Duration
  /// The longest wait between two tries, unless the server asks for a longer one.
  public var maxDelay: Duration
  /// How long to go on trying since the connection was lost; for ever without it.
  public var giveUpAfter: Duration?

  /// Tries again for ever, after 100 ms at first and 10 s at most, unless told otherwise.
  public init(
    isEnabled: Bool = true, firstDelay: Duration = .milliseconds(100), maxDelay: Duration = .seconds(10),
    giveUpAfter: Duration? = nil
  ) {
    self.isEnabled = isEnabled
    self.firstDelay = firstDelay
    self.maxDelay = maxDelay
    self.giveUpAfter = giveUpAfter
  }

  /// A lost connection stays lost.
  public static let never = ReconnectPolicy(isEnabled: false)

  /// The wait after so many failures in a row and this last one; nil if it is not to be tried again.
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
  /// Whether the same may succeed a little later.
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
