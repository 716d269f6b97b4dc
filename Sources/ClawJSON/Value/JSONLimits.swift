/// What a parsed document may be at most. Its size in bytes is the caller's to bound, before it is read.
public struct JSONLimits: Sendable, Hashable {
  /// How many arrays and objects may be open inside of each other; from 0 (only scalars) to `depthCeiling`.
  public let maxDepth: Int

  /// The largest depth that can be allowed. The parser uses the call stack, and this many levels fit the
  /// smallest stack a thread of ours has (512 KiB).
  public static let depthCeiling = 512

  /// 128 levels.
  public static let standard = JSONLimits()

  /// A depth outside of 0…`depthCeiling` is moved to the nearer end.
  public init(maxDepth: Int = 128) {
    self.maxDepth = min(max(maxDepth, 0), Self.depthCeiling)
  }
}
