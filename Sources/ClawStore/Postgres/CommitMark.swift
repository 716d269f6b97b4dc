/// What a worker is doing, as it is noted in the transaction.
struct CommitMark: Sendable {
  let worker: String
  /// Another one for each transaction.
  let number: Int64
  /// Whether what the worker left before may be gone.
  let isFirst: Bool
}
