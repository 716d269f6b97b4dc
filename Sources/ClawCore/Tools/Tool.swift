/// A tool of an agent.
public protocol Tool: Sendable {
  var spec: ToolSpec { get }

  /// Runs once per call. A failure that the model should see is a result with `isError`, not a thrown error; on
  /// cancellation the tool and everything it started must end within 3 seconds.
  /// - Parameter call: With the model's original arguments, including secrets.
  func run(_ call: ToolCall, in context: ToolContext) async throws -> ToolOutcome
}

/// The outcome of running a tool.
public enum ToolOutcome: Sendable, Hashable {
  case result(ToolResult)
  /// There is no result yet: a decision or an event has to come first. The run waits without occupying a slot, even
  /// across restarts. Once the call is approved the tool is run again, with ``ToolContext/approval``; at the deadline
  /// the model gets a result that says that no answer came.
  case pending(for: WaitReason, until: Timestamp)

  public static func text(_ text: String) -> ToolOutcome { .result(ToolResult(content: text)) }

  /// An error for the model.
  public static func error(_ text: String) -> ToolOutcome { .result(ToolResult(content: text, isError: true)) }
}
