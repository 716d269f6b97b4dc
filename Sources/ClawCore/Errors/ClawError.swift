import ClawJSON

/// The one error of the domain. The edges map it to their codes in one table each; `message` may be shown to the
/// caller, `cause` goes to the log alone.
public struct ClawError: Error, Sendable, CustomStringConvertible {
  /// What went wrong, in the words of the contract.
  public enum Code: String, Sendable, CaseIterable {
    /// The request itself is wrong; sending it again can't help.
    case invalidRequest = "INVALID_REQUEST"
    /// No credential, or a bad one.
    case unauthorized = "UNAUTHORIZED"
    /// A good credential that may not do this: role, scope or ownership of the acting user.
    case forbidden = "FORBIDDEN"
    /// No such object, or one of somebody else's.
    case notFound = "NOT_FOUND"
    /// It is there already, with other content.
    case alreadyExists = "ALREADY_EXISTS"
    /// Rate, quota or budget is used up; comes with `retryAfter`.
    case resourceExhausted = "RESOURCE_EXHAUSTED"
    /// The request is right but the state is not: a used cursor, a second connect.
    case failedPrecondition = "FAILED_PRECONDITION"
    /// The run was stopped on request.
    case aborted = "ABORTED"
    /// The agent or its model took longer than it may.
    case agentTimeout = "AGENT_TIMEOUT"
    /// Starting, draining, disk full, provider down; the same request may pass later.
    case unavailable = "UNAVAILABLE"
    /// A fault of ours.
    case internalError = "INTERNAL"
  }

  /// Who is at fault. Only `provider` errors make a run try another model.
  public enum Kind: String, Sendable {
    case user, policy, provider, infrastructure
  }

  public let code: Code
  public let kind: Kind
  /// The part of the request that is wrong, if one is.
  public let field: Field?
  /// What is wrong, free of secrets, paths and SQL: a sentence, or with a ``field`` what follows the field's name.
  public let problem: String
  /// Facts for programs.
  public let details: [Fact: JSONValue]?
  public let retryAfter: Duration?
  public let cause: (any Error)?

  public init(
    _ code: Code, _ message: String, kind: Kind? = nil, details: [Fact: JSONValue]? = nil,
    retryAfter: Duration? = nil, cause: (any Error)? = nil
  ) {
    self.init(code, field: nil, message, kind: kind, details: details, retryAfter: retryAfter, cause: cause)
  }

  /// An error about one field of the request. How the caller calls it is for the edge to know.
  /// - Parameter problem: What follows the field's name: "must be 1 to 100 characters".
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

  /// A sentence that a person can act on.
  public var message: String { message(naming: { $0.rawValue }) }

  /// The sentence with the name that the caller knows the field by.
  public func message(naming name: (Field) -> String) -> String {
    field.map { "\(name($0)) \(problem)" } ?? problem
  }

  /// Whether the same request may succeed later.
  public var isRetryable: Bool { code == .unavailable || code == .resourceExhausted }

  public var description: String {
    cause.map { "\(code.rawValue): \(message) (\($0))" } ?? "\(code.rawValue): \(message)"
  }

  /// Any error as one of ours: what isn't is a fault whose text stays inside.
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
