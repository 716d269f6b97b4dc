import ClawJSON

/// An error on the routes that speak OpenAI's language.
/// See <https://platform.openai.com/docs/guides/error-codes>.
public struct OpenAIErrorBody: Codable, Sendable {
  public var error: Detail

  public struct Detail: Codable, Sendable {
    public var message: String
    public var type: String
    /// The field at fault.
    public var param: String?
    public var code: String?

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

  public init(_ error: Detail) {
    self.error = error
  }
}

/// An error on all other routes.
public struct HTTPErrorBody: Codable, Sendable {
  public var error: Detail

  public struct Detail: Codable, Sendable {
    public var code: ErrorCode
    public var message: String
    public var details: JSONValue?

    public init(code: ErrorCode, message: String, details: JSONValue? = nil) {
      self.code = code
      self.message = message
      self.details = details
    }
  }

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

  public init(status: String, checks: UTF8Dictionary<String>) {
    self.status = status
    self.checks = checks
  }
}
