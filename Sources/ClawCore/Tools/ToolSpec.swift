import ClawJSON

/// What a tool is: what a model is told about it, what running it does, and how much of it there may be.
public struct ToolSpec: Sendable, Hashable {
  /// By which a model calls it; unique within a ``ToolSet``.
  public let name: String
  /// What it does and when to use it, for the model.
  public let summary: String
  /// A JSON Schema of type `object`.
  public let parameters: JSONValue
  public let effect: ToolEffect
  public let limits: ToolLimits

  /// - Parameter effect: `acts` unless something milder is known: such a tool is never run twice.
  public init(
    name: String, summary: String, parameters: JSONValue, effect: ToolEffect = .acts, limits: ToolLimits = ToolLimits()
  ) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.effect = effect
    self.limits = limits
  }
}

/// How long one call of a tool may take, and how much it may answer.
public struct ToolLimits: Sendable, Hashable {
  /// Nil: the gateway's own, `runs.tool_timeout`.
  public let timeout: Duration?
  /// Bytes of UTF-8 that a model is shown of a result; what is beyond is cut off. Never more than ``maxResultBytes``.
  public let resultBytes: Int

  /// Longest result that a model is shown of any tool, in bytes.
  public static let maxResultBytes = 128 * 1024

  public init(timeout: Duration? = nil, resultBytes: Int = Self.maxResultBytes) {
    self.timeout = timeout
    self.resultBytes = min(resultBytes, Self.maxResultBytes)
  }
}
