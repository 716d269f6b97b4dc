import ClawJSON

/// A model's wish to have a tool run. The id is the provider's or, where it gave none, ours.
public struct ToolCall: Sendable, Hashable, Codable {
  @UTF8Key public private(set) var id: String
  @UTF8Key public private(set) var name: String
  /// Always an object; arguments that were no JSON are kept under the key `_raw`.
  public let arguments: JSONValue

  public init(id: String, name: String, arguments: JSONValue) {
    self.id = id
    self.name = name
    self.arguments = arguments
  }
}

/// What a tool answered; errors are text for the model like any other result.
public struct ToolResult: Sendable, Hashable, Codable {
  public let content: String
  public let isError: Bool

  public init(content: String, isError: Bool = false) {
    self.content = content
    self.isError = isError
  }

  /// Stands in for the result of a call that a crash cut off and that may not be run twice, and of one whose tool did
  /// not stop when it was told to.
  public static let interrupted = ToolResult(
    content: "interrupted: the gateway stopped waiting for this tool; it may or may not have taken effect",
    isError: true)

  /// Stands in for the result of a call of an earlier message that has none yet: its run waits for a decision, say.
  public static let unanswered = ToolResult(
    content: "no result so far: this call waits for somebody or something, or was cut off", isError: true)

  /// Stands in for the result of a call that an abort cut off.
  public static let aborted = ToolResult(
    content: "aborted: the run was stopped before this tool answered", isError: true)
}

/// A call together with its result. A call without one can't be expressed, so it can't reach a model.
public struct CompletedCall: Sendable, Hashable {
  public let call: ToolCall
  public let result: ToolResult

  public init(call: ToolCall, result: ToolResult) {
    self.call = call
    self.result = result
  }
}

/// A part that only the model which made it understands (signed or encrypted reasoning). Kept as it came and
/// sent back to that model alone.
public struct ProviderPart: Sendable, Hashable, Codable {
  public let origin: ModelReference
  public let payload: JSONValue

  public init(origin: ModelReference, payload: JSONValue) {
    self.origin = origin
    self.payload = payload
  }
}

/// One answer of a model and the results of the calls it made; without calls it is a whole answer.
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
