/// The side effects of a tool: determines how an interrupted call is handled after a crash.
public enum ToolEffect: String, Sendable, Hashable, Codable, CaseIterable {
  /// Read-only; is run again.
  case reads
  /// Changes something idempotently; is run again.
  case idempotent
  /// Changes something each time; is not run again, its call becomes ``ToolResult/interrupted``.
  case acts

  /// Whether a call that may have run already may be run again.
  public var mayRepeat: Bool { self != .acts }
}
