/// The answer to `POST /v1/chat/completions` without streaming.
/// See <https://platform.openai.com/docs/api-reference/chat/object>.
public struct ChatCompletion: Codable, Sendable {
  public var id: String
  public var object: String
  /// Unix seconds.
  public var created: Int64
  public var model: String
  public var choices: [Choice]
  public var usage: Usage

  public struct Choice: Codable, Sendable {
    public var index: Int
    public var message: Message
    public var finish_reason: String
  }

  public struct Message: Codable, Sendable {
    public var role: String
    public var content: String
  }

  public init(
    id: String, created: Int64, model: String, content: String, finish_reason: String, usage: Usage
  ) {
    self.id = id
    object = "chat.completion"
    self.created = created
    self.model = model
    choices = [
      Choice(index: 0, message: Message(role: "assistant", content: content), finish_reason: finish_reason)
    ]
    self.usage = usage
  }
}

/// One event of a streamed answer.
/// See <https://platform.openai.com/docs/api-reference/chat/streaming>.
public struct ChatCompletionChunk: Codable, Sendable {
  public var id: String
  public var object: String
  public var created: Int64
  public var model: String
  /// One; none in the chunk that tells the usage.
  public var choices: [Choice]
  public var usage: Usage?

  public struct Choice: Codable, Sendable {
    public var index: Int
    public var delta: Delta
    /// `null` in all but the last.
    public var finish_reason: String?

    public init(delta: Delta, finish_reason: String? = nil) {
      index = 0
      self.delta = delta
      self.finish_reason = finish_reason
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(index, forKey: .index)
      try container.encode(delta, forKey: .delta)
      try container.encode(finish_reason, forKey: .finish_reason)
    }
  }

  public struct Delta: Codable, Sendable {
    public var role: String?
    public var content: String?

    public init(role: String? = nil, content: String? = nil) {
      self.role = role
      self.content = content
    }
  }

  public init(id: String, created: Int64, model: String, choices: [Choice], usage: Usage? = nil) {
    self.id = id
    object = "chat.completion.chunk"
    self.created = created
    self.model = model
    self.choices = choices
    self.usage = usage
  }
}
