import ClawCore
import ClawJSON

/// The failure of one attempt.
struct ModelFailure: Error, Sendable {
  var kind: FailureKind
  /// The HTTP status, if there was a response.
  var status: Int?
  /// The provider's message, or our finding; shown only after ``ProviderText/presentable(_:hiding:repeating:)``.
  var detail: String?
  /// The delay that the provider asked for.
  var retryAfter: Duration?
  /// For the log only.
  var cause: (any Error)?
  /// The parsed error, if the provider sent one.
  var evidence: ErrorEvidence?
  /// Optional request fields that the provider rejected; a retry without them may succeed.
  var refusedFields: Set<OptionalField> = []

  init(
    _ kind: FailureKind, status: Int? = nil, detail: String? = nil, retryAfter: Duration? = nil,
    cause: (any Error)? = nil
  ) {
    self.kind = kind
    self.status = status
    self.detail = detail
    self.retryAfter = retryAfter
    self.cause = cause
  }
}

/// An error of the caller's `observe`, to distinguish it from a provider failure.
struct ObserverFailure: Error {
  let underlying: any Error
}

extension ModelFailure {
  /// The domain error. `request` is needed to keep its content out of the message.
  func clawError(
    from provider: ProviderConfiguration, model: String, request: ModelRequest?, also others: [String] = []
  ) -> ClawError {
    var message = "\(provider.name)/\(model): \(sentence(provider))"
    let said = detail.flatMap { ProviderText.presentable($0, hiding: provider.apiKey, repeating: request) }
    if let said { message += " (\(said))" }
    if !others.isEmpty { message += "; also tried: \(others.joined(separator: ", "))" }
    return ClawError(
      kind.code, message, kind: kind == .contextTooLong ? .user : .provider, details: details,
      retryAfter: shownRetryAfter, cause: cause)
  }

  /// A short form for the list of other failed candidates.
  func summary(provider: String, model: String) -> String { "\(provider)/\(model) (\(kind.rawValue))" }

  private var details: [ClawError.Fact: JSONValue]? {
    kind.reason.map { [.reason: .string($0)] }
  }

  private var shownRetryAfter: Duration? {
    switch kind {
    case .rateLimited, .quotaUsedUp: retryAfter ?? kind.cooldown
    case .unavailable: retryAfter
    default: nil
    }
  }

  private func sentence(_ provider: ProviderConfiguration) -> String {
    switch kind {
    case .rateLimited: "the provider's rate limit is used up; try again later"
    case .quotaUsedUp: "the account's quota or credit is used up; add credit there or choose another model"
    case .keyRefused: keySentence(provider)
    case .contextTooLong: "the conversation is too long for this model"
    case .modelUnknown: "the provider has no such model\(statusText); check the name"
    case .requestRefused: "the provider refused the request\(statusText)"
    case .unavailable: "the provider is in trouble\(statusText); try again later"
    case .unreachable: "no connection to \(provider.authority); check that it is running and reachable"
    case .outOfFiles: OpenFiles.explanation
    case .tlsFailed:
      "no TLS connection to \(provider.authority); to trust a certificate authority of your own, name its file in "
        + "SSL_CERT_FILE"
    case .cutStream: "the answer was cut off before its end; try again"
    case .malformed:
      "the answer of \(provider.authority) could not be understood; check the base URL and the dialect"
    case .timedOut: "the provider took too long to answer"
    case .misconfigured:
      "the provider can't be used as it is set up\(statusText); check the base URL, which often ends in /v1"
    }
  }

  private func keySentence(_ provider: ProviderConfiguration) -> String {
    if provider.isTenants {
      return provider.apiKey == nil
        ? "provider \(provider.name) needs an API key; an admin of this tenant can give it one"
        : "provider \(provider.name) refused its key; an admin of this tenant can give it another\(statusText)"
    }
    let variable = ProviderPreset.variable(for: provider.name, suffix: "API_KEY")
    return provider.apiKey == nil
      ? "provider \(provider.name) needs an API key; set \(variable)"
      : "provider \(provider.name) refused the key; set \(variable) to a valid one\(statusText)"
  }

  private var statusText: String { status.map { " [HTTP \($0)]" } ?? "" }
}
