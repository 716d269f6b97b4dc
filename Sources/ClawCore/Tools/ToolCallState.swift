/// The state of a tool call: `asked → (waiting → approved | refused) → started → done | interrupted`.
public enum ToolCallState: String, Sendable, Hashable, Codable, CaseIterable {
  /// Requested by a model; its tool was not started.
  case asked
  /// Waiting for a decision, a child or a date.
  case waiting
  /// Approved: its tool is to run, or its result was given with the decision.
  case approved
  /// Refused; that is its result, or will be once the run resumes.
  case refused
  /// Its tool was started. Stored before a tool with effect `acts` runs, and together with the result for the others.
  case started
  /// It has its result.
  case done
  /// It was interrupted: by a crash, an abort or a tool that did not stop.
  case interrupted
}
