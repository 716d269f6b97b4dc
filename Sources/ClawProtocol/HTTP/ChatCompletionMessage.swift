import ClawJSON

/// A message as OpenAI writes it.
public struct ChatCompletionMessage: Codable, Sendable {
  /// `system`, `developer`, `user`, `assistant` or `tool`.
  public var role: String
  public var content: Content?
  public var tool_calls: [ToolCall]?
  public var tool_call_id: String?

  /// A text, or parts.
  public enum Content: Codable, Sendable {
    case text(String)
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
    public var type: String
    public var text: String?
    public var refusal: String?
    public var image_url: ImageURL?
  }

  public struct ImageURL: Codable, Sendable {
    /// `https:` or `data:`.
    public var url: String
  }

  /// A call in a message of the assistant.
  public struct ToolCall: Codable, Sendable {
    public var id: String
    public var function: Function

    public struct Function: Codable, Sendable {
      public var name: String
      /// JSON as text.
      public var arguments: String
    }
  }
}
