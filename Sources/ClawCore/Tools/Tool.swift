/// Something an agent can do.
public protocol Tool: Sendable {
  var spec: ToolSpec { get }

  /// Runs once per call. A failure that the model should learn of is a result with `isError`, not a thrown error;
  /// cancellation ends it, and what it started, within 3 seconds.
  /// - Parameter call: With the arguments as the model gave them, secrets included.
  func run(_ call: ToolCall, in context: ToolContext) async throws -> ToolOutcome
}

/// What running a tool came to.
public enum ToolOutcome: Sendable, Hashable {
  case result(ToolResult)
  /// There is no result yet: somebody has to decide, or something has to happen first. The run waits for that without
  /// taking any room, over restarts too. Once the call is approved the tool is run again, with
  /// ``ToolContext/approval``; if nothing came until then, the model is told so.
  case pending(for: WaitReason, until: Timestamp)

  public static func text(_ text: String) -> ToolOutcome { .result(ToolResult(content: text)) }

  /// An error that the model is to read.
  public static func error(_ text: String) -> ToolOutcome { .result(ToolResult(content: text, isError: true)) }
}
