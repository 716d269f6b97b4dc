import ClawJSON

/// The author of a transcript row.
public enum MessageRole: String, Sendable, Codable {
  case user, assistant, tool, system
}

/// One row of a transcript: append-only, numbered within its session.
public struct TranscriptMessage: Sendable, Hashable {
  /// 1, 2, 3 … within the session; independent of the event numbers.
  public let seq: Int64
  public let id: MessageID
  public let run: RunID?
  public let createdAt: Timestamp
  public let body: Body

  public enum Body: Sendable, Hashable, Codable {
    case user(UserMessage)
    case assistant(AssistantMessage)
    case tool(callID: String, ToolResult)
    case system(String)

    /// The media that it refers to.
    public var media: [MediaPart] {
      switch self {
      case .user(let message): message.parts.compactMap(\.media)
      case .tool(_, let result): result.parts.compactMap(\.media)
      case .assistant, .system: []
      }
    }
  }

  public init(seq: Int64, id: MessageID, run: RunID?, createdAt: Timestamp, body: Body) {
    self.seq = seq
    self.id = id
    self.run = run
    self.createdAt = createdAt
    self.body = body
  }

  public var role: MessageRole {
    switch body {
    case .user: .user
    case .assistant: .assistant
    case .tool: .tool
    case .system: .system
    }
  }
}

/// A stored answer: text, calls, private parts, and usage.
public struct AssistantMessage: Sendable, Hashable, Codable {
  public var text: String
  public var calls: [ToolCall]
  public var providerParts: [ProviderPart]
  public var usage: TokenUsage?
  public var model: ModelReference?

  public init(
    text: String, calls: [ToolCall] = [], providerParts: [ProviderPart] = [], usage: TokenUsage? = nil,
    model: ModelReference? = nil
  ) {
    self.text = text
    self.calls = calls
    self.providerParts = providerParts
    self.usage = usage
    self.model = model
  }
}
