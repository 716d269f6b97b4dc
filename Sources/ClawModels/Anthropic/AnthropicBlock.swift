import ClawCore
import ClawJSON

/// A content block of an answer while it is being received.
enum AnthropicBlock: Sendable {
  case text(String)
  case thinking(String, signature: String)
  /// Reasoning that only the vendor can read.
  case redacted(JSONValue)
  /// The arguments come as an object at the start (mostly empty) or as pieces of JSON text.
  case call(id: String?, name: String, start: JSONValue, json: String)
  /// Of a type that is not known here.
  case other

  static func begin(_ content: JSONValue) -> (block: Self, pieces: [ModelEvent]) {
    switch content["type"]?.stringValue {
    case "text":
      let text = content["text"]?.stringValue ?? ""
      return (.text(text), text.isEmpty ? [] : [.text(text)])
    case "thinking":
      let thought = content["thinking"]?.stringValue ?? ""
      let signature = content["signature"]?.stringValue ?? ""
      return (.thinking(thought, signature: signature), thought.isEmpty ? [] : [.thinking(thought)])
    case "redacted_thinking":
      return (.redacted(content), [])
    case "tool_use":
      let call = Self.call(
        id: content["id"]?.stringValue, name: content["name"]?.stringValue ?? "", start: content["input"] ?? [:],
        json: "")
      return (call, [])
    default:
      return (.other, [])
    }
  }

  /// Adds a piece and returns what of it can be shown.
  mutating func take(_ delta: JSONValue) -> [ModelEvent] {
    switch (self, delta["type"]?.stringValue) {
    case (.text(let text), "text_delta"):
      guard let more = delta["text"]?.stringValue, !more.isEmpty else { return [] }
      self = .other  // gives up this copy, so that the text grows in place
      self = .text(text + more)
      return [.text(more)]
    case (.thinking(let thought, let signature), "thinking_delta"):
      guard let more = delta["thinking"]?.stringValue, !more.isEmpty else { return [] }
      self = .thinking(thought + more, signature: signature)
      return [.thinking(more)]
    case (.thinking(let thought, let signature), "signature_delta"):
      self = .thinking(thought, signature: signature + (delta["signature"]?.stringValue ?? ""))
      return []
    case (.call(let id, let name, let start, let json), "input_json_delta"):
      self = .call(id: id, name: name, start: start, json: json + (delta["partial_json"]?.stringValue ?? ""))
      return []
    default:
      return []
    }
  }

  var text: String {
    if case .text(let text) = self { text } else { "" }
  }

  /// What has to go back to the same model with the next question. Thinking without a signature can't.
  var privatePayload: JSONValue? {
    switch self {
    case .thinking(let thought, let signature) where !signature.isEmpty:
      ["type": "thinking", "thinking": .string(thought), "signature": .string(signature)]
    case .redacted(let content): content
    default: nil
    }
  }

  /// The call, if this is one. With `cut` (the answer hit its length limit) arguments that are not whole make it none.
  func call(cut: Bool, numbering: inout CallNumbering) -> ToolCall? {
    guard case .call(let id, let name, let start, let json) = self, !name.isEmpty else { return nil }
    if cut, !CallArguments.isWhole(json) { return nil }
    let arguments = json.isBlank ? CallArguments.object(from: start) : CallArguments.object(from: json)
    return ToolCall(id: numbering.id(id), name: name, arguments: arguments)
  }
}
