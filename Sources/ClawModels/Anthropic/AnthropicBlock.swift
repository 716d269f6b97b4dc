import ClawCore
import ClawJSON

/// A content block of a streamed answer. Its strings are appended in place, so that the cost is linear in the length of
/// the answer.
struct AnthropicBlock: Sendable {
  private enum Kind: Sendable {
    case text, thinking, call
    /// Reasoning that only the vendor can decrypt.
    case redacted
    /// Of an unknown type.
    case other
  }

  private let kind: Kind
  /// As received at the start of the block.
  private let content: JSONValue
  /// The text, the thinking, or the arguments as JSON text.
  private var body: String
  private var signature: String

  init(_ content: JSONValue) {
    self.content = content
    signature = content["signature"]?.stringValue ?? ""
    switch content["type"]?.stringValue {
    case "text": (kind, body) = (.text, content["text"]?.stringValue ?? "")
    case "thinking": (kind, body) = (.thinking, content["thinking"]?.stringValue ?? "")
    case "tool_use": (kind, body) = (.call, "")
    case "redacted_thinking": (kind, body) = (.redacted, "")
    default: (kind, body) = (.other, "")
    }
  }

  /// A block whose start was not received; nil if the delta has an unknown type.
  init?(openedBy delta: JSONValue) {
    guard let kind = Self.kind(of: delta) else { return nil }
    (self.kind, content, body, signature) = (kind, [:], "", "")
  }

  /// Events for the content in the start of the block.
  var pieces: [ModelEvent] { shown(body) }

  /// Whether a delta belongs into a block of this kind; deltas of unknown types fit everywhere.
  func accepts(_ delta: JSONValue) -> Bool {
    Self.kind(of: delta).map { $0 == kind } ?? true
  }

  private static func kind(of delta: JSONValue) -> Kind? {
    switch delta["type"]?.stringValue {
    case "text_delta": .text
    case "thinking_delta", "signature_delta": .thinking
    case "input_json_delta": .call
    default: nil
    }
  }

  /// Adds a delta and returns its visible part.
  mutating func take(_ delta: JSONValue) -> [ModelEvent] {
    switch (kind, delta["type"]?.stringValue) {
    case (.text, "text_delta"): return grow(delta["text"])
    case (.thinking, "thinking_delta"): return grow(delta["thinking"])
    case (.call, "input_json_delta"): return grow(delta["partial_json"])
    case (.thinking, "signature_delta"):
      signature += delta["signature"]?.stringValue ?? ""
      return []
    default: return []
    }
  }

  private mutating func grow(_ piece: JSONValue?) -> [ModelEvent] {
    guard let more = piece?.stringValue, !more.isEmpty else { return [] }
    body += more
    return shown(more)
  }

  private func shown(_ piece: String) -> [ModelEvent] {
    guard !piece.isEmpty else { return [] }
    return switch kind {
    case .text: [.text(piece)]
    case .thinking: [.thinking(piece)]
    case .call, .redacted, .other: []
    }
  }

  var text: String { kind == .text ? body : "" }
  var isCall: Bool { kind == .call }

  /// What must be sent back to the same model with the next request. Thinking without a signature can't be.
  var privatePayload: JSONValue? {
    switch kind {
    case .thinking where !signature.isEmpty:
      ["type": "thinking", "thinking": .string(body), "signature": .string(signature)]
    case .redacted: content
    default: nil
    }
  }

  /// The call, if this is one. The arguments arrive as pieces of JSON text or, at the start, as an object. With `cut`
  /// (the answer hit its length limit), a call with incomplete arguments is dropped.
  func call(cut: Bool, numbering: inout CallNumbering) -> ToolCall? {
    guard kind == .call, let name = content["name"]?.stringValue, !name.isEmpty else { return nil }
    if cut, !CallArguments.isWhole(body) { return nil }
    let arguments =
      body.isBlank ? CallArguments.object(from: content["input"] ?? [:]) : CallArguments.object(from: body)
    return ToolCall(id: numbering.id(content["id"]?.stringValue), name: name, arguments: arguments)
  }
}
