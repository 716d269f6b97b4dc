/// Limits of a parsed document. The caller bounds its size in bytes beforehand.
public struct JSONLimits: Sendable, Hashable {
  /// Maximum nesting of arrays and objects; from 0 (only scalars) to `depthCeiling`.
  public let maxDepth: Int
  /// Whether to reject duplicate member names; otherwise the last one wins. For hand-written documents, whose author
  /// would not notice that one of the two is ignored.
  public let refusesRepeatedNames: Bool

  /// The largest allowed depth. The parser uses the call stack, and this many levels fit the smallest stack of our
  /// threads (512 KiB).
  public static let depthCeiling = 512

  /// 128 levels.
  public static let standard = JSONLimits()

  /// The depth is clamped to 0…`depthCeiling`.
  public init(maxDepth: Int = 128, refusesRepeatedNames: Bool = false) {
    self.refusesRepeatedNames = refusesRepeatedNames
    self.maxDepth = min(max(maxDepth, 0), Self.depthCeiling)
  }
}
