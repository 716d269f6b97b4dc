import ClawJSON

/// The definition of a tool: its description for the model, its side effects, and its limits.
public struct ToolSpec: Sendable, Hashable {
  /// The name by which a model calls it; unique within a ``ToolSet``.
  public let name: String
  /// What it does and when to use it, for the model.
  public let summary: String
  /// A JSON Schema of type `object`.
  public let parameters: JSONValue
  public let effect: ToolEffect
  public let limits: ToolLimits

  /// - Parameter effect: `acts` unless a weaker one is known to apply: such a tool is never run twice.
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

/// Limits of one call: its duration and the size of its result.
public struct ToolLimits: Sendable, Hashable {
  /// Nil: the gateway's default, `runs.tool_timeout`.
  public let timeout: Duration?
  /// Bytes of UTF-8 of a result that a model sees; the rest is cut off. Never more than ``maxResultBytes``.
  public let resultBytes: Int

  /// Longest result of any tool that a model sees, in bytes.
  public static let maxResultBytes = 128 * 1024

  public init(timeout: Duration? = nil, resultBytes: Int = Self.maxResultBytes) {
    self.timeout = timeout
    self.resultBytes = min(resultBytes, Self.maxResultBytes)
  }
}
