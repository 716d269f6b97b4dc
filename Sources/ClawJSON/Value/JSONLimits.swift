/// What a parsed document may be at most. Its size in bytes is the caller's to bound, before it is read.
public struct JSONLimits: Sendable, Hashable {
  /// How many arrays and objects may be open inside of each other; from 0 (only scalars) to `depthCeiling`.
  public let maxDepth: Int
  /// Whether an object may have no two members of one name; else the last one counts. For documents that people write,
  /// who would not learn that one of the two is not heard.
  public let refusesRepeatedNames: Bool

  /// The largest depth that can be allowed. The parser uses the call stack, and this many levels fit the
  /// smallest stack a thread of ours has (512 KiB).
  public static let depthCeiling = 512

  /// 128 levels.
  public static let standard = JSONLimits()

  /// A depth outside of 0…`depthCeiling` is moved to the nearer end.
  public init(maxDepth: Int = 128, refusesRepeatedNames: Bool = false) {
    self.refusesRepeatedNames = refusesRepeatedNames
    self.maxDepth = min(max(maxDepth, 0), Self.depthCeiling)
  }
}
