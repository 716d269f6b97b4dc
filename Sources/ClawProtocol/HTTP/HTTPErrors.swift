import ClawJSON

/// An error of the OpenAI-compatible routes. See <https://platform.openai.com/docs/guides/error-codes>.
public struct OpenAIErrorBody: Codable, Sendable {
  /// The object that the vendor's clients expect.
  public var error: Detail

  /// The error in OpenAI's terms.
  public struct Detail: Codable, Sendable {
    /// A message for users.
    public var message: String
    /// The class of the error, such as `invalid_request_error`.
    public var type: String
    /// The field at fault.
    public var param: String?
    /// A machine-readable code, such as `context_length_exceeded`; `null` if there is none.
    public var code: String?

    /// `param` and `code` are `null` unless given.
    public init(message: String, type: String, param: String? = nil, code: String? = nil) {
      self.message = message
      self.type = type
      self.param = param
      self.code = code
    }

    /// `param` and `code` are encoded even if they are `null`, as the vendor's clients expect.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(message, forKey: .message)
      try container.encode(type, forKey: .type)
      try container.encode(param, forKey: .param)
      try container.encode(code, forKey: .code)
    }
  }

  /// Wraps the error in its envelope.
  public init(_ error: Detail) {
    self.error = error
  }
}

/// An error of all other routes.
public struct HTTPErrorBody: Codable, Sendable {
  /// The one member of the body.
  public var error: Detail

  /// The error with the codes of the WebSocket contract.
  public struct Detail: Codable, Sendable {
    /// The same code as for a WebSocket request; determines the HTTP status.
    public var code: ErrorCode
    /// A message for users, without a stack, path, SQL or secret.
    public var message: String
    /// Machine-readable details, such as `retryAfterMs`.
    public var details: JSONValue?

    /// An error without details, unless some are given.
    public init(code: ErrorCode, message: String, details: JSONValue? = nil) {
      self.code = code
      self.message = message
      self.details = details
    }
  }

  /// Wraps the error in its envelope.
  public init(_ error: Detail) {
    self.error = error
  }
}

/// The response to `GET /ready`.
public struct ReadyBody: Codable, Sendable {
  /// `ready`, `starting`, `draining` or `degraded`.
  public var status: String
  /// Each check by name, with `ok` or its problem.
  public var checks: UTF8Dictionary<String>

  /// `ready` has status 200, the others have 503.
  public init(status: String, checks: UTF8Dictionary<String>) {
    self.status = status
    self.checks = checks
  }
}
