import ClawJSON

/// A message in OpenAI's format.
public struct ChatCompletionMessage: Codable, Sendable {
  /// `system`, `developer`, `user`, `assistant` or `tool`.
  public var role: String
  /// May be omitted in an assistant message that only calls tools.
  public var content: Content?
  /// The assistant's calls, in a message with the role `assistant`.
  public var tool_calls: [ToolCall]?
  /// The call that this result belongs to, in a message with the role `tool`.
  public var tool_call_id: String?

  /// A text, or parts.
  public enum Content: Codable, Sendable {
    /// Plain text, the usual form.
    case text(String)
    /// Texts and images in order; a part of an unknown type is rejected, naming the type.
    case parts([Part])

    public init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .text(text)
      } else {
        self = .parts(try container.decode([Part].self))
      }
    }

    public func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .text(let text): try container.encode(text)
      case .parts(let parts): try container.encode(parts)
      }
    }
  }

  /// A part; which fields it has depends on its `type`.
  public struct Part: Codable, Sendable {
    /// `text`, `image_url` or `refusal`; others are rejected with 400.
    public var type: String
    /// The text of a part of the type `text`.
    public var text: String?
    /// Why the assistant refused, in a part of the type `refusal`.
    public var refusal: String?
    /// The image of a part of the type `image_url`, if the model accepts images.
    public var image_url: ImageURL?
  }

  /// The URL of an image, or the image itself.
  public struct ImageURL: Codable, Sendable {
    /// `https:` or `data:`.
    public var url: String
  }

  /// A call in an assistant message.
  public struct ToolCall: Codable, Sendable {
    /// Repeated as `tool_call_id` in the message with its result.
    public var id: String
    /// The called function: the only supported kind of tool.
    public var function: Function

    /// A function's name with the model's arguments.
    public struct Function: Codable, Sendable {
      /// The function's name, as in the request or the agent's tools.
      public var name: String
      /// JSON as a string.
      public var arguments: String
    }
  }
}
