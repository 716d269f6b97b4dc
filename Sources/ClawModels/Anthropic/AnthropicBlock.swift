import ClawCore
import ClawJSON

/// A content block of an answer while it is being received. Its strings grow in place, so that a long answer in many
/// pieces costs no more than its length.
struct AnthropicBlock: Sendable {
  private enum Kind: Sendable {
    case text, thinking, call
    /// Reasoning that only the vendor can read.
    case redacted
    /// Of a type that is not known here.
    case other
  }

  private let kind: Kind
  /// As it came at the start of the block.
  private let content: JSONValue
  /// The text, the thoughts or the arguments as JSON text.
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

  /// A block whose start never came; nil if the piece is of no known type.
  init?(openedBy delta: JSONValue) {
    guard let kind = Self.kind(of: delta) else { return nil }
    (self.kind, content, body, signature) = (kind, [:], "", "")
  }

  /// What the start of the block already shows.
  var pieces: [ModelEvent] { shown(body) }

  /// Whether a piece belongs into a block of this kind; those of unknown types go anywhere.
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

  /// Adds a piece and returns what of it can be shown.
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

  /// What has to go back to the same model with the next question. Thinking without a signature can't.
  var privatePayload: JSONValue? {
    switch kind {
    case .thinking where !signature.isEmpty:
      ["type": "thinking", "thinking": .string(body), "signature": .string(signature)]
    case .redacted: content
    default: nil
    }
  }

  /// The call, if this is one. The arguments come as pieces of JSON text or, at the start, as an object. With `cut`
  /// (the answer hit its length limit) arguments that are not whole make it none.
  func call(cut: Bool, numbering: inout CallNumbering) -> ToolCall? {
    guard kind == .call, let name = content["name"]?.stringValue, !name.isEmpty else { return nil }
    if cut, !CallArguments.isWhole(body) { return nil }
    let arguments =
      body.isBlank ? CallArguments.object(from: content["input"] ?? [:]) : CallArguments.object(from: body)
    return ToolCall(id: numbering.id(content["id"]?.stringValue), name: name, arguments: arguments)
  }
}
