import ClawJSON

/// The codes of the contract, section 2.
public enum ErrorCode: String, Sendable, Codable, CaseIterable {
  case invalidRequest = "INVALID_REQUEST"
  case unauthorized = "UNAUTHORIZED"
  case forbidden = "FORBIDDEN"
  case notFound = "NOT_FOUND"
  case alreadyExists = "ALREADY_EXISTS"
  case resourceExhausted = "RESOURCE_EXHAUSTED"
  case failedPrecondition = "FAILED_PRECONDITION"
  case aborted = "ABORTED"
  case agentTimeout = "AGENT_TIMEOUT"
  case unavailable = "UNAVAILABLE"
  case internalError = "INTERNAL"
}

/// What went wrong, as it crosses the wire.
public struct ErrorBody: Error, Sendable, Hashable, Codable {
  public let code: ErrorCode
  public let message: String
  public let details: JSONValue?
  public let retryable: Bool
  public let retryAfterMs: Int64?

  public init(
    code: ErrorCode, message: String, details: JSONValue? = nil, retryable: Bool = false, retryAfterMs: Int64? = nil
  ) {
    self.code = code
    self.message = message
    self.details = details
    self.retryable = retryable
    self.retryAfterMs = retryAfterMs
  }
}
