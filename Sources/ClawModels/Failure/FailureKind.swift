import ClawCore

/// What kind of trouble a provider is in. Everything that follows from a failure (another attempt, another model, a
/// pause, the code that the caller sees) is looked up by it.
enum FailureKind: String, Sendable, Hashable, CaseIterable {
  /// Too many requests or tokens in a short time.
  case rateLimited
  /// The account has no credit or quota left.
  case quotaUsedUp
  /// No key, a wrong key, or one that may not do this.
  case keyRefused
  /// The conversation doesn't fit into the model.
  case contextTooLong
  /// The provider has no model of that name.
  case modelUnknown
  /// The provider understood the request and won't take it.
  case requestRefused
  /// An error inside the provider, or too much load.
  case unavailable
  /// No connection came about.
  case unreachable
  /// This process has no descriptor left for a connection; nothing is wrong with the provider.
  case outOfFiles
  /// The TLS handshake failed: the certificate is not trusted, or there is no TLS.
  case tlsFailed
  /// The connection went away, or the stream ended, before the answer was complete.
  case cutStream
  /// The answer was not what the dialect promises.
  case malformed
  /// Nothing came for too long.
  case timedOut
  /// The configuration of the provider can't work.
  case misconfigured

  /// Whether the same model is asked again.
  var isWorthRetrying: Bool {
    switch self {
    case .rateLimited, .unavailable, .unreachable, .outOfFiles, .cutStream: true
    case .quotaUsedUp, .keyRefused, .contextTooLong, .modelUnknown, .requestRefused, .malformed, .timedOut,
      .misconfigured, .tlsFailed:
      false
    }
  }

  /// Whether the next model of the list is asked. A conversation that is too long is the caller's to shorten.
  var isWorthAnotherModel: Bool { self != .contextTooLong && self != .outOfFiles }

  /// For how long a model is put to the end of the list after failing in this way; nil if it isn't.
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

  /// What the caller sees.
  var code: ClawError.Code {
    switch self {
    case .rateLimited, .quotaUsedUp: .resourceExhausted
    case .keyRefused, .modelUnknown, .misconfigured, .tlsFailed: .failedPrecondition
    case .contextTooLong, .requestRefused: .invalidRequest
    case .unavailable, .unreachable, .outOfFiles, .cutStream, .malformed: .unavailable
    case .timedOut: .agentTimeout
    }
  }

  /// The `reason` among the error's details, for edges that tell such failures apart; nil where the code says it all.
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
