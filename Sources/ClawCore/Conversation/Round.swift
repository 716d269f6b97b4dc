import ClawJSON

/// A tool call requested by a model. The ID is the provider's or, if it sent none, ours.
public struct ToolCall: Sendable, Hashable, Codable {
  @UTF8Key public private(set) var id: String
  @UTF8Key public private(set) var name: String
  /// Always an object; arguments that were not JSON are stored under the key `_raw`.
  public let arguments: JSONValue

  public init(id: String, name: String, arguments: JSONValue) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }
}

/// The result of a tool; errors are text for the model like any other result.
public struct ToolResult: Sendable, Hashable, Codable {
  /// Text and references to stored media: see ``ToolMedia``.
  public let parts: [ContentPart]
  public let isError: Bool

  public init(parts: [ContentPart], isError: Bool = false) {
    self.parts = parts
    self.isError = isError
  }

  public init(content: String, isError: Bool = false) {
    self.init(parts: [.text(content)], isError: isError)
  }

  /// All its text.
  public var content: String {
    parts.count == 1 ? parts[0].text ?? "" : parts.compactMap(\.text).joined(separator: "\n")
  }

  /// The text, with a note in place of each image or file: for readers that accept only text.
  public var contentWithNotes: String {
    guard parts.contains(where: { $0.media != nil }) else { return content }
    return parts.compactMap { $0.text ?? $0.media?.note }.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Placeholder for the result of a call that was interrupted by a crash and must not be run twice, or whose tool did
  /// not stop when cancelled.
  public static let interrupted = ToolResult(
    content: "interrupted: the gateway stopped waiting for this tool; it may or may not have taken effect",
    isError: true)

  /// Placeholder for the result of a call of an earlier message that has none yet, for example because its run waits
  /// for a decision.
  public static let unanswered = ToolResult(
    content: "no result so far: this call waits for somebody or something, or was cut off", isError: true)

  /// Placeholder for the result of a call that was interrupted by an abort.
  public static let aborted = ToolResult(
    content: "aborted: the run was stopped before this tool answered", isError: true)
}

/// A call with its result. A call without one can't be represented, so it can't be sent to a model.
public struct CompletedCall: Sendable, Hashable {
  public let call: ToolCall
  public let result: ToolResult

  public init(call: ToolCall, result: ToolResult) {
    self.call = call
    self.result = result
  }
}

/// A part that only the model that produced it understands (signed or encrypted reasoning). Stored unchanged and sent
/// back to that model only.
public struct ProviderPart: Sendable, Hashable, Codable {
  public let origin: ModelReference
  public let payload: JSONValue

  public init(origin: ModelReference, payload: JSONValue) {
    self.origin = origin
    self.payload = payload
  }
}

/// A model's answer with the results of its calls; without calls it is a final answer.
public struct Round: Sendable, Hashable {
  public let text: String
  public let providerParts: [ProviderPart]
  public let calls: [CompletedCall]

  public init(text: String, providerParts: [ProviderPart] = [], calls: [CompletedCall] = []) {
    self.text = text
    self.providerParts = providerParts
    self.calls = calls
  }
}
