import ClawJSON

/// The codes of the contract, section 2.
public enum ErrorCode: String, Sendable, Codable, CaseIterable {
  /// The request is invalid; retrying does not help.
  case invalidRequest = "INVALID_REQUEST"
  /// The credential is missing or invalid; the server closes the connection with 1008.
  case unauthorized = "UNAUTHORIZED"
  /// The credential is valid but lacks the permission: role, scope or ownership.
  case forbidden = "FORBIDDEN"
  /// The object does not exist, or belongs to another user: the two are deliberately indistinguishable.
  case notFound = "NOT_FOUND"
  /// The object exists already, or an idempotency key was used with another request.
  case alreadyExists = "ALREADY_EXISTS"
  /// A rate limit, quota or budget is exhausted; ``ErrorBody/retryAfterMs`` is set.
  case resourceExhausted = "RESOURCE_EXHAUSTED"
  /// The request is valid but conflicts with the state: events no longer stored, a second `connect`.
  case failedPrecondition = "FAILED_PRECONDITION"
  /// The run was aborted on request.
  case aborted = "ABORTED"
  /// The agent or its model timed out.
  case agentTimeout = "AGENT_TIMEOUT"
  /// Starting, draining, or a provider is down; ``ErrorBody/retryable`` is true.
  case unavailable = "UNAVAILABLE"
  /// An internal error of the gateway; the details are in its log, not in the message.
  case internalError = "INTERNAL"
}

/// An error on the wire.
public struct ErrorBody: Error, Sendable, Hashable, Codable {
  /// The kind of error. Decoding fails for a code unknown to this version.
  public let code: ErrorCode
  /// A message for users, without a stack, path, SQL or secret.
  public let message: String
  /// Machine-readable details, by code: `oldestSeq` and `headSeq` if events are no longer stored, `runId` if an
  /// idempotency key was used.
  public let details: JSONValue?
  /// Whether a retry of the same request may succeed.
  public let retryable: Bool
  /// The delay that the server asks for, in milliseconds; omitted if there is none.
  public let retryAfterMs: Int64?

  /// Not retryable unless `retryable` says otherwise.
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
