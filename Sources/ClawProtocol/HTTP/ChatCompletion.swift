/// The response to `POST /v1/chat/completions` without streaming. See
/// <https://platform.openai.com/docs/api-reference/chat/object>.
public struct ChatCompletion: Codable, Sendable {
  /// `chatcmpl-` and the id of the run.
  public var id: String
  /// Always `chat.completion`.
  public var object: String
  /// Unix seconds.
  public var created: Int64
  /// The model as named in the request.
  public var model: String
  /// Always one: `n` must be 1.
  public var choices: [Choice]
  /// Tokens of all rounds of the run.
  public var usage: Usage

  /// The answer.
  public struct Choice: Codable, Sendable {
    /// Always 0.
    public var index: Int
    /// The complete answer.
    public var message: Message
    /// `stop`, `length`, `tool_calls` or `content_filter`.
    public var finish_reason: String
  }

  /// The assistant's message.
  public struct Message: Codable, Sendable {
    /// Always `assistant`.
    public var role: String
    /// The text of all rounds, joined by empty lines.
    public var content: String
  }

  /// A response with one choice, with this text.
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

/// One event of a streamed response. See <https://platform.openai.com/docs/api-reference/chat/streaming>.
public struct ChatCompletionChunk: Codable, Sendable {
  /// The same in all chunks of a response.
  public var id: String
  /// Always `chat.completion.chunk`.
  public var object: String
  /// Unix seconds, the same in all chunks of a response.
  public var created: Int64
  /// The model as named in the request.
  public var model: String
  /// One; none in the chunk with the usage.
  public var choices: [Choice]
  /// Only in the last chunk, and only if `stream_options.include_usage` was set.
  public var usage: Usage?

  /// A piece of the answer.
  public struct Choice: Codable, Sendable {
    /// Always 0.
    public var index: Int
    /// The text added since the previous chunk.
    public var delta: Delta
    /// `null` except in the last one.
    public var finish_reason: String?

    /// A piece in the middle of the answer, unless a finish reason is given.
    public init(delta: Delta, finish_reason: String? = nil) {
      index = 0
      self.delta = delta
      self.finish_reason = finish_reason
    }

    /// Encodes `finish_reason` even if it is `null`, as OpenAI does and its clients expect.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(index, forKey: .index)
      try container.encode(delta, forKey: .delta)
      try container.encode(finish_reason, forKey: .finish_reason)
    }
  }

  /// The role in the first chunk, text in the others, nothing in the last.
  public struct Delta: Codable, Sendable {
    /// `assistant` in the first chunk; omitted in the others.
    public var role: String?
    /// Text to append.
    public var content: String?

    /// The last chunk has an empty delta and a finish reason.
    public init(role: String? = nil, content: String? = nil) {
      self.role = role
      self.content = content
    }
  }

  /// Without choices it is the chunk with the usage.
  public init(id: String, created: Int64, model: String, choices: [Choice], usage: Usage? = nil) {
    self.id = id
    object = "chat.completion.chunk"
    self.created = created
    self.model = model
    self.choices = choices
    self.usage = usage
  }
}
