/// Identifies a worker's transaction; written to the marks table inside that transaction.
struct CommitMark: Sendable {
  let worker: String
  /// Unique per transaction of the worker.
  let number: Int64
  /// Whether the worker's row may be missing: at its first mark, or after a long pause.
  let isFirst: Bool
}
