import ClawCore
import ClawJSON
import ClawProtocol

extension ErrorCode {
  /// The table of codes: one on the wire for each in the domain.
  init(_ code: ClawError.Code) {
    switch code {
    case .invalidRequest: self = .invalidRequest
    case .unauthorized: self = .unauthorized
    case .forbidden: self = .forbidden
    case .notFound: self = .notFound
    case .alreadyExists: self = .alreadyExists
    case .resourceExhausted: self = .resourceExhausted
    case .failedPrecondition: self = .failedPrecondition
    case .aborted: self = .aborted
    case .agentTimeout: self = .agentTimeout
    case .unavailable: self = .unavailable
    case .internalError: self = .internalError
    }
  }
}

extension ErrorBody {
  /// What of an error may be seen outside: never its cause.
  /// - Parameter names: How the method's params call their fields.
  init(_ error: ClawError, _ names: FieldNames = .params) {
    self.init(
      code: ErrorCode(error.code), message: error.message(naming: names.name),
      details: error.wireDetails.map(JSONValue.object), retryable: error.isRetryable,
      retryAfterMs: error.retryAfter.map(\.milliseconds))
  }
}

extension ClawError {
  /// Why a run failed, as an error again.
  init(_ failure: RunFailure) {
    self.init(
      Code(rawValue: failure.code) ?? .internalError, failure.message,
      details: failure.reason.map { [.reason: .string($0)] },
      retryAfter: failure.retryAfterMs.map { .milliseconds($0) })
  }
}
