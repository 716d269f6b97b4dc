/// How far a call of a tool has come: `asked → (waiting → approved | refused) → started → done | interrupted`.
public enum ToolCallState: String, Sendable, Hashable, Codable, CaseIterable {
  /// A model asked for it; its tool was not begun.
  case asked
  /// Its tool waits for a decision, a child or a date.
  case waiting
  /// Somebody allowed it: its tool is to run, or its result was given with the decision.
  case approved
  /// Somebody refused it; that is its result, or will be once the run goes on.
  case refused
  /// Its tool was begun. Stored before a tool that acts runs, and with the result for the others.
  case started
  /// It has its result.
  case done
  /// It was cut off: by a crash, an abort or a tool that did not stop.
  case interrupted
}
