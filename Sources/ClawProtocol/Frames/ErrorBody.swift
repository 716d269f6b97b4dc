import ClawJSON

/// The codes of the contract, section 2.
public enum ErrorCode: String, Sendable, Codable, CaseIterable {
  /// The request itself is wrong; sending it again can't help.
  case invalidRequest = "INVALID_REQUEST"
  /// No credential, or a wrong one; the server closes the connection with 1008.
  case unauthorized = "UNAUTHORIZED"
  /// The credential is right and may not do this: role, scope or ownership.
  case forbidden = "FORBIDDEN"
  /// There is no such object, or it is somebody else's: the two look alike on purpose.
  case notFound = "NOT_FOUND"
  /// The object is there already, or an idempotency key was used with another request.
  case alreadyExists = "ALREADY_EXISTS"
  /// A rate, quota or budget is used up; ``ErrorBody/retryAfterMs`` is set.
  case resourceExhausted = "RESOURCE_EXHAUSTED"
  /// The request is right and the state is not: events no longer kept, a second `connect`.
  case failedPrecondition = "FAILED_PRECONDITION"
  /// The run was stopped on request.
  case aborted = "ABORTED"
  /// The agent or its model took longer than it may.
  case agentTimeout = "AGENT_TIMEOUT"
  /// Starting, draining, or a provider is down; ``ErrorBody/retryable`` is true.
  case unavailable = "UNAVAILABLE"
  /// A fault of the gateway; its log has the details, the message has none.
  case internalError = "INTERNAL"
}

/// What went wrong, as it crosses the wire.
public struct ErrorBody: Error, Sendable, Hashable, Codable {
  /// What kind of error it is. Decoding fails for a code that this version does not know.
  public let code: ErrorCode
  /// A sentence for people, without a stack, path, SQL or secret.
  public let message: String
  /// Facts for programs, by code: `oldestSeq` and `headSeq` where events are no longer kept, `runId` where an
  /// idempotency key was used.
  public let details: JSONValue?
  /// Whether the same request may succeed later.
  public let retryable: Bool
  /// The wait that the server asks for, in milliseconds; left out where it asks for none.
  public let retryAfterMs: Int64?

  /// An error that is final, unless `retryable` says otherwise.
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
