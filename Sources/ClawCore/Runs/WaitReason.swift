/// What a run waits for.
public enum WaitReason: String, Sendable, Hashable, Codable, CaseIterable {
  /// A user's approval of a call.
  case approval
  /// The result of another run.
  case child
  /// A date.
  case time
}
