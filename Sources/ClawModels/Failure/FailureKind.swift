import ClawCore

/// The kind of a provider's failure. It determines all consequences: retry, failover, cooldown, and the error code for
/// the caller.
enum FailureKind: String, Sendable, Hashable, CaseIterable {
  /// A rate limit on requests or tokens.
  case rateLimited
  /// The account has no credit or quota left.
  case quotaUsedUp
  /// The API key is missing, wrong, or lacks a permission.
  case keyRefused
  /// The conversation exceeds the model's context window.
  case contextTooLong
  /// The provider has no such model.
  case modelUnknown
  /// The provider rejected the request.
  case requestRefused
  /// An internal error of the provider, or overload.
  case unavailable
  /// The connection failed.
  case unreachable
  /// This process has no file descriptor left for a connection; the provider is not at fault.
  case outOfFiles
  /// The TLS handshake failed: an untrusted certificate, or no TLS.
  case tlsFailed
  /// The connection was lost, or the stream ended, before the answer was complete.
  case cutStream
  /// The response violates the dialect.
  case malformed
  /// A timeout.
  case timedOut
  /// The provider's configuration is invalid.
  case misconfigured

  /// Whether to retry with the same model.
  var isWorthRetrying: Bool {
    switch self {
    case .rateLimited, .unavailable, .unreachable, .outOfFiles, .cutStream: true
    case .quotaUsedUp, .keyRefused, .contextTooLong, .modelUnknown, .requestRefused, .malformed, .timedOut,
      .misconfigured, .tlsFailed:
      false
    }
  }

  /// Whether to fail over to the next model. A conversation that is too long is for the caller to shorten.
  var isWorthAnotherModel: Bool { self != .contextTooLong && self != .outOfFiles }

  /// How long a model is tried last after this failure; nil if it isn't.
  var cooldown: Duration? {
    switch self {
    case .rateLimited: .seconds(10)
    case .quotaUsedUp: .seconds(60)
    case .unavailable, .unreachable: .seconds(5)
    case .timedOut: .seconds(15)
    case .keyRefused, .contextTooLong, .modelUnknown, .requestRefused, .outOfFiles, .cutStream, .malformed,
      .misconfigured, .tlsFailed:
      nil
    }
  }

  /// The code for the caller.
  var code: ClawError.Code {
    switch self {
    case .rateLimited, .quotaUsedUp: .resourceExhausted
    case .keyRefused, .modelUnknown, .misconfigured, .tlsFailed: .failedPrecondition
    case .contextTooLong, .requestRefused: .invalidRequest
    case .unavailable, .unreachable, .outOfFiles, .cutStream, .malformed: .unavailable
    case .timedOut: .agentTimeout
    }
  }

  /// The `reason` in the error's details, which the routes use to tell such failures apart; nil if the code suffices.
  var reason: String? {
    switch self {
    case .contextTooLong: "context_length_exceeded"
    case .quotaUsedUp: "insufficient_quota"
    case .keyRefused: "provider_key_refused"
    case .modelUnknown: "model_not_found"
    case .misconfigured, .tlsFailed, .malformed: "provider_misconfigured"
    case .rateLimited, .requestRefused, .unavailable, .unreachable, .outOfFiles, .cutStream, .timedOut: nil
    }
  }
}
