import ClawJSON

/// An error on the routes that speak OpenAI's language.
/// See <https://platform.openai.com/docs/guides/error-codes>.
public struct OpenAIErrorBody: Codable, Sendable {
  /// The object that the vendor's clients look for.
  public var error: Detail

  /// What went wrong, in OpenAI's terms.
  public struct Detail: Codable, Sendable {
    /// A sentence for people.
    public var message: String
    /// The class of the error, such as `invalid_request_error`.
    public var type: String
    /// The field at fault.
    public var param: String?
    /// What programs tell errors apart by, such as `context_length_exceeded`; `null` where there is none.
    public var code: String?

    /// `param` and `code` are `null` unless given.
    public init(message: String, type: String, param: String? = nil, code: String? = nil) {
      self.message = message
      self.type = type
      self.param = param
      self.code = code
    }

    /// `param` and `code` are there even when they are `null`, as the vendor's clients expect.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(message, forKey: .message)
      try container.encode(type, forKey: .type)
      try container.encode(param, forKey: .param)
      try container.encode(code, forKey: .code)
    }
  }

  /// The error in the envelope in which it is sent.
  public init(_ error: Detail) {
    self.error = error
  }
}

/// An error on all other routes.
public struct HTTPErrorBody: Codable, Sendable {
  /// The one member of the body.
  public var error: Detail

  /// What went wrong, in the codes of the WebSocket contract.
  public struct Detail: Codable, Sendable {
    /// The same code that a WebSocket request would get; the HTTP status follows from it.
    public var code: ErrorCode
    /// A sentence for people, without a stack, path, SQL or secret.
    public var message: String
    /// Facts for programs, such as `retryAfterMs`.
    public var details: JSONValue?

    /// An error without further facts, unless some are given.
    public init(code: ErrorCode, message: String, details: JSONValue? = nil) {
      self.code = code
      self.message = message
      self.details = details
    }
  }

  /// The error in the envelope in which it is sent.
  public init(_ error: Detail) {
    self.error = error
  }
}

/// The answer to `GET /ready`.
public struct ReadyBody: Codable, Sendable {
  /// `ready`, `starting`, `draining` or `degraded`.
  public var status: String
  /// Each check by name, with `ok` or what is wrong.
  public var checks: UTF8Dictionary<String>

  /// Status 200 belongs to `ready`, 503 to the others.
  public init(status: String, checks: UTF8Dictionary<String>) {
    self.status = status
    self.checks = checks
  }
}
