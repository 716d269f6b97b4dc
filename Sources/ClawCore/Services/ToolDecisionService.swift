/// A decision on a waiting call.
public enum ToolDecision: Sendable, Hashable {
  /// Run its tool.
  case approve
  /// Do not run its tool; the model gets the reason.
  case refuse(because: String)
  /// Do not run its tool; use this result instead, such as that of another run.
  case answer(ToolResult)
}

/// Decides waiting calls, from any source.
public protocol ToolDecisionService: Sendable {
  /// Stores a decision and resumes the run, on any node, in one transaction. Of two decisions the first wins.
  /// - Parameter call: The ID of the call, as in the run's events.
  /// - Throws: `notFound` if the principal may not see the run or it has no such call, `failedPrecondition` if the call
  ///   is not waiting (any more), `forbidden` for viewers and for agents.
  func decide(_ call: String, of run: RunID, as decision: ToolDecision, by principal: Principal) async throws
}
