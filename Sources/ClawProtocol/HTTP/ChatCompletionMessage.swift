import ClawJSON

/// A message as OpenAI writes it.
public struct ChatCompletionMessage: Codable, Sendable {
  /// `system`, `developer`, `user`, `assistant` or `tool`.
  public var role: String
  /// May be left out in a message of the assistant that only calls tools.
  public var content: Content?
  /// Calls that the assistant made, in a message of the assistant.
  public var tool_calls: [ToolCall]?
  /// The call that this answers, in a message with the role `tool`.
  public var tool_call_id: String?

  /// A text, or parts.
  public enum Content: Codable, Sendable {
    /// A plain text, the usual form.
    case text(String)
    /// Texts and images in order; a part of another type is refused by its name.
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
    /// `text`, `image_url` or `refusal`; others are answered 400.
    public var type: String
    /// The text of a part of the type `text`.
    public var text: String?
    /// Why the assistant refused, in a part of the type `refusal`.
    public var refusal: String?
    /// The image of a part of the type `image_url`, where the model takes images.
    public var image_url: ImageURL?
  }

  /// Where an image is, or the image itself.
  public struct ImageURL: Codable, Sendable {
    /// `https:` or `data:`.
    public var url: String
  }

  /// A call in a message of the assistant.
  public struct ToolCall: Codable, Sendable {
    /// What the message with its result repeats as `tool_call_id`.
    public var id: String
    /// The function that was called: the only kind of tool here.
    public var function: Function

    /// A function's name with the arguments that the model wrote.
    public struct Function: Codable, Sendable {
      /// The function, as the request or the agent offered it.
      public var name: String
      /// JSON as text.
      public var arguments: String
    }
  }
}
