/// What running a tool does to the world: decides what becomes of a call that a crash cut off.
public enum ToolEffect: String, Sendable, Hashable, Codable, CaseIterable {
  /// Only looks at something; is run again.
  case reads
  /// Changes something, but twice does what once does; is run again.
  case idempotent
  /// Changes something each time; is not run again, its call becomes ``ToolResult/interrupted``.
  case acts

  /// Whether a call that may have been run already may be run once more.
  public var mayRepeat: Bool { self != .acts }
}
