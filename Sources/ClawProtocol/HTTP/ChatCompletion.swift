/// The answer to `POST /v1/chat/completions` without streaming.
/// See <https://platform.openai.com/docs/api-reference/chat/object>.
public struct ChatCompletion: Codable, Sendable {
  /// `chatcmpl-` and the id of the run.
  public var id: String
  /// Always `chat.completion`.
  public var object: String
  /// Unix seconds.
  public var created: Int64
  /// The model as the request named it.
  public var model: String
  /// Always one: `n` may be 1 only.
  public var choices: [Choice]
  /// Tokens of all rounds of the run.
  public var usage: Usage

  /// The one answer.
  public struct Choice: Codable, Sendable {
    /// Always 0.
    public var index: Int
    /// The whole text of the answer.
    public var message: Message
    /// `stop`, `length`, `tool_calls` or `content_filter`.
    public var finish_reason: String
  }

  /// What the assistant said.
  public struct Message: Codable, Sendable {
    /// Always `assistant`.
    public var role: String
    /// The text of all rounds, joined by empty lines.
    public var content: String
  }

  /// One choice of the assistant with this text.
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
  /// The same in all chunks of an answer.
  public var id: String
  /// Always `chat.completion.chunk`.
  public var object: String
  /// Unix seconds, the same in all chunks of an answer.
  public var created: Int64
  /// The model as the request named it.
  public var model: String
  /// One; none in the chunk that tells the usage.
  public var choices: [Choice]
  /// Only in the last chunk, and only if `stream_options.include_usage` asked for it.
  public var usage: Usage?

  /// A piece of the one answer.
  public struct Choice: Codable, Sendable {
    /// Always 0.
    public var index: Int
    /// What is new since the chunk before.
    public var delta: Delta
    /// `null` in all but the last.
    public var finish_reason: String?

    /// A piece in the middle of the answer, unless a reason to finish is given.
    public init(delta: Delta, finish_reason: String? = nil) {
      index = 0
      self.delta = delta
      self.finish_reason = finish_reason
    }

    /// Writes `finish_reason` even when it is `null`, as OpenAI does and its clients expect.
    public func encode(to encoder: any Encoder) throws {
      var container = encoder.container(keyedBy: CodingKeys.self)
      try container.encode(index, forKey: .index)
      try container.encode(delta, forKey: .delta)
      try container.encode(finish_reason, forKey: .finish_reason)
    }
  }

  /// The role in the first chunk, text in the others, nothing in the last.
  public struct Delta: Codable, Sendable {
    /// `assistant` in the first chunk; left out in the others.
    public var role: String?
    /// Text to append to what came before.
    public var content: String?

    /// An empty delta is what the last chunk carries beside its reason to finish.
    public init(role: String? = nil, content: String? = nil) {
      self.role = role
      self.content = content
    }
  }

  /// Without choices it is the chunk that tells the usage.
  public init(id: String, created: Int64, model: String, choices: [Choice], usage: Usage? = nil) {
    self.id = id
    object = "chat.completion.chunk"
    self.created = created
    self.model = model
    self.choices = choices
    self.usage = usage
  }
}
