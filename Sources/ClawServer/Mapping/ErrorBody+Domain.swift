import ClawCore
import ClawJSON
import ClawProtocol

extension ErrorCode {
  /// Maps domain error codes to wire codes.
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
  /// The public part of an error, never its cause.
  /// - Parameter names: The names of the fields in the method's params.
  init(_ error: ClawError, _ names: FieldNames = .params) {
    self.init(
      code: ErrorCode(error.code), message: error.message(naming: names.name),
      details: error.wireDetails.map(JSONValue.object), retryable: error.isRetryable,
      retryAfterMs: error.retryAfter.map(\.milliseconds))
  }
}

extension ClawError {
  /// A run's failure as an error.
  init(_ failure: RunFailure) {
    self.init(
      Code(rawValue: failure.code) ?? .internalError, failure.message,
      details: failure.reason.map { [.reason: .string($0)] },
      retryAfter: failure.retryAfterMs.map { .milliseconds($0) })
  }
}
