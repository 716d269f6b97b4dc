import ClawCore
import ClawJSON
import ClawProtocol

/// Splits OpenAI's message list into the new message, the conversation before it, and the caller's instructions.
struct ChatCompletionConversation: Sendable {
  let message: UserMessage
  /// Empty for a stored session, which has its own.
  let context: [TranscriptMessage.Body]
  /// All system and developer messages.
  let instructions: String

  /// - Parameter isStored: The call continues a stored session, so all its messages are new ones of the user.
  /// - Throws: 400 naming the message or the part.
  init(_ messages: [ChatCompletionMessage], isStored: Bool) throws(HTTPFailure) {
    var instructions: [String] = []
    var spoken: [TranscriptMessage.Body] = []
    for (index, message) in messages.enumerated() {
      let place = "messages[\(index)]"
      switch message.role {
      case "system", "developer": instructions.append(try Self.text(of: message, at: place))
      default: spoken.append(try Self.body(of: message, at: place))
      }
      if isStored, case .some(let last) = spoken.last, last.role != .user {
        throw .invalid("with a session, send only what is new from the user", param: "\(place).role")
      }
    }
    guard case .user(let last)? = spoken.popLast() else {
      throw .invalid("the last message must be from the user", param: "messages")
    }
    self.instructions = instructions.filter { !$0.isEmpty }.joined(separator: "\n\n")
    if isStored {
      message = UserMessage(parts: spoken.flatMap(\.userParts) + last.parts)
      context = []
    } else {
      message = last
      context = spoken
    }
    guard message.parts.contains(where: { $0.text?.isBlank != true }) else {
      throw .invalid("the last message must not be empty", param: "messages")
    }
  }

  private static func body(
    of message: ChatCompletionMessage, at place: String
  ) throws(HTTPFailure) -> TranscriptMessage.Body {
    switch message.role {
    case "user":
      return .user(UserMessage(parts: try parts(of: message, at: place)))
    case "assistant":
      return .assistant(AssistantMessage(text: try text(of: message, at: place), calls: calls(of: message)))
    case "tool":
      guard let id = message.tool_call_id else {
        throw .invalid("a tool message needs tool_call_id", param: "\(place).tool_call_id")
      }
      return .tool(callID: id, ToolResult(content: try text(of: message, at: place)))
    default:
      throw .invalid(
        "role must be system, developer, user, assistant or tool", param: "\(place).role")
    }
  }

  private static func calls(of message: ChatCompletionMessage) -> [ToolCall] {
    (message.tool_calls ?? []).map { call in
      let parsed = try? JSONValue(parsing: call.function.arguments)
      let arguments: JSONValue
      if let parsed, parsed.objectValue != nil {
        arguments = parsed
      } else {
        arguments = ["_raw": .string(call.function.arguments)]
      }
      return ToolCall(id: call.id, name: call.function.name, arguments: arguments)
    }
  }

  private static func text(of message: ChatCompletionMessage, at place: String) throws(HTTPFailure) -> String {
    switch message.content {
    case nil: return ""
    case .text(let text): return text
    case .parts(let parts):
      var texts: [String] = []
      for (index, part) in parts.enumerated() {
        guard ["text", "refusal"].contains(part.type), let text = part.text ?? part.refusal else {
          throw unsupported(part, at: "\(place).content[\(index)]")
        }
        texts.append(text)
      }
      return texts.joined(separator: "\n")
    }
  }

  private static func parts(of message: ChatCompletionMessage, at place: String) throws(HTTPFailure) -> [ContentPart] {
    switch message.content {
    case nil: return []
    case .text(let text): return [.text(text)]
    case .parts(let parts):
      var known: [ContentPart] = []
      for (index, part) in parts.enumerated() {
        known.append(try Self.part(part, at: "\(place).content[\(index)]"))
      }
      return known
    }
  }

  private static func part(_ part: ChatCompletionMessage.Part, at place: String) throws(HTTPFailure) -> ContentPart {
    switch (part.type, part.text, part.image_url) {
    case ("text", let text?, _): return .text(text)
    case ("image_url", _, let image?):
      guard ["https:", "data:"].contains(where: { image.url.lowercased().startsWith($0) }) else {
        throw .invalid("an image's url must begin with https: or data:", param: "\(place).image_url.url")
      }
      return .image(url: image.url)
    default: throw unsupported(part, at: place)
    }
  }

  private static func unsupported(_ part: ChatCompletionMessage.Part, at place: String) -> HTTPFailure {
    switch part.type {
    case "text": .invalid("a text part needs text", param: "\(place).text")
    case "image_url": .invalid("an image part needs image_url.url", param: "\(place).image_url")
    default: .unsupported("parts of type \(part.type.prefix(40)) are not supported", param: place)
    }
  }
}

extension TranscriptMessage.Body {
  fileprivate var role: MessageRole {
    switch self {
    case .user: .user
    case .assistant: .assistant
    case .tool: .tool
    case .system: .system
    }
  }

  fileprivate var userParts: [ContentPart] {
    if case .user(let message) = self { message.parts } else { [] }
  }
}
