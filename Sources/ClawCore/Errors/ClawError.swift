import ClawJSON

/// The domain error. Each edge maps it to its codes in one table; `message` may be shown to the caller, `cause` is for
/// the log only.
public struct ClawError: Error, Sendable, CustomStringConvertible {
  /// The error codes of the contract.
  public enum Code: String, Sendable, CaseIterable {
    /// The request is invalid; retrying does not help.
    case invalidRequest = "INVALID_REQUEST"
    /// The credential is missing or invalid.
    case unauthorized = "UNAUTHORIZED"
    /// The credential lacks the permission: role, scope or ownership of the acting user.
    case forbidden = "FORBIDDEN"
    /// The object does not exist, or belongs to another user.
    case notFound = "NOT_FOUND"
    /// The object exists already, with other content.
    case alreadyExists = "ALREADY_EXISTS"
    /// A rate limit, quota or budget is exhausted; comes with `retryAfter`.
    case resourceExhausted = "RESOURCE_EXHAUSTED"
    /// The request is valid but conflicts with the state: an expired cursor, a second connect.
    case failedPrecondition = "FAILED_PRECONDITION"
    /// The run was aborted on request.
    case aborted = "ABORTED"
    /// The agent or its model timed out.
    case agentTimeout = "AGENT_TIMEOUT"
    /// Starting, draining, disk full, provider down; a retry may succeed.
    case unavailable = "UNAVAILABLE"
    /// An internal error.
    case internalError = "INTERNAL"
  }

  /// The category of an error. Only `provider` errors cause a failover to another model.
  public enum Kind: String, Sendable {
    case user, policy, provider, infrastructure
  }

  public let code: Code
  public let kind: Kind
  /// The invalid part of the request, if there is one.
  public let field: Field?
  /// The problem, without secrets, paths and SQL: a sentence, or with a ``field`` the rest of a sentence that begins
  /// with the field's name.
  public let problem: String
  /// Machine-readable details.
  public let details: [Fact: JSONValue]?
  public let retryAfter: Duration?
  public let cause: (any Error)?

  public init(
    _ code: Code, _ message: String, kind: Kind? = nil, details: [Fact: JSONValue]? = nil,
    retryAfter: Duration? = nil, cause: (any Error)? = nil
  ) {
    self.init(code, field: nil, message, kind: kind, details: details, retryAfter: retryAfter, cause: cause)
  }

  /// An error about one field of the request. The edge adds the caller's name of it.
  /// - Parameter problem: Follows the field's name: "must be 1 to 100 characters".
  public init(
    _ code: Code = .invalidRequest, field: Field?, _ problem: String, kind: Kind? = nil,
    details: [Fact: JSONValue]? = nil, retryAfter: Duration? = nil, cause: (any Error)? = nil
  ) {
    self.code = code
    self.kind = kind ?? code.usualKind
    self.field = field
    self.problem = problem
    self.details = details
    self.retryAfter = retryAfter
    self.cause = cause
  }

  /// An actionable message.
  public var message: String { message(naming: { $0.rawValue }) }

  /// The message with the caller's name of the field.
  public func message(naming name: (Field) -> String) -> String {
    field.map { "\(name($0)) \(problem)" } ?? problem
  }

  /// Whether a retry of the same request may succeed.
  public var isRetryable: Bool { code == .unavailable || code == .resourceExhausted }

  public var description: String {
    cause.map { "\(code.rawValue): \(message) (\($0))" } ?? "\(code.rawValue): \(message)"
  }

  /// Wraps any error: an unknown one becomes an internal error whose text is not exposed.
  public init(wrapping error: any Error) {
    if let known = error as? ClawError {
      self = known
    } else if error is CancellationError {
      self.init(.unavailable, "the gateway is shutting down; try again", kind: .infrastructure)
    } else {
      self.init(.internalError, "internal error", cause: error)
    }
  }
}

extension ClawError.Code {
  fileprivate var usualKind: ClawError.Kind {
    switch self {
    case .invalidRequest, .unauthorized, .notFound, .alreadyExists, .failedPrecondition, .aborted: .user
    case .forbidden, .resourceExhausted: .policy
    case .agentTimeout: .provider
    case .unavailable, .internalError: .infrastructure
    }
  }
}
