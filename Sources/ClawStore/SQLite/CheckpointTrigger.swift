/// Decides after which commits the write-ahead log is checkpointed.
///
/// The log starts over at its beginning only once a checkpoint has caught up with the last commit. Under load that takes
/// a checkpoint after each commit, two `fsync` calls each, so it is done only when the log has become long.
struct CheckpointTrigger {
  /// Pages that the log grows by between two checkpoints; about 4 MB.
  static let interval: Int32 = 1000
  /// Pages in the log from which on a checkpoint follows each commit; about 16 MB.
  static let limit: Int32 = 4000

  /// Pages in the log at the last checkpoint.
  private var last: Int32 = 0

  /// - Parameter pages: Pages in the log after a commit; fewer than before once it has started over.
  mutating func isDue(at pages: Int32) -> Bool {
    if pages < last { last = 0 }
    guard pages >= min(last + Self.interval, Self.limit) else { return false }
    last = pages
    return true
  }
}
