/// What becomes of a call that waits.
public enum ToolDecision: Sendable, Hashable {
  /// Its tool is run.
  case approve
  /// Its tool is not run; the model is told why.
  case refuse(because: String)
  /// Its tool is not run: this is what it would have answered, such as the result of another run.
  case answer(ToolResult)
}

/// Decides calls that wait, from wherever somebody decides them.
public protocol ToolDecisionService: Sendable {
  /// Stores a decision and lets the run go on, on whatever node, in one transaction. Of two decisions the first counts.
  /// - Parameter call: The id of the call, as the events of the run have it.
  /// - Throws: `notFound` if the run is not the principal's to see or has no such call, `failedPrecondition` if the call
  ///   does not wait (any more), `forbidden` for viewers and for agents.
  func decide(_ call: String, of run: RunID, as decision: ToolDecision, by principal: Principal) async throws
}
