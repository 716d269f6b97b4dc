/// A write that may be batched into one transaction with writes of other keys.
struct GroupedWrite: Sendable {
  /// The object it writes, such as a session; writes with the same key never share a transaction.
  let key: String
  /// When it stops waiting for a connection.
  let deadline: ContinuousClock.Instant
  /// Runs its statements. The returned closure resumes the caller once the transaction is durable.
  let begin: @Sendable (any DatabaseConnection) throws -> (() -> Void)
  /// Resumes the caller with an error.
  let fail: @Sendable (any Error) -> Void
  /// The same write as a transaction of its own.
  let alone: PostgresPool.Job
}
