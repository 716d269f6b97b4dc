/// A change that may share its transaction with others that concern other things.
struct GroupedWrite: Sendable {
  /// What it concerns.
  let key: String
  /// Until when it may wait.
  let deadline: ContinuousClock.Instant
  /// Does its part. What it returns tells whoever waits how it went, once that is durable.
  let begin: @Sendable (any DatabaseConnection) throws -> (() -> Void)
  /// Tells whoever waits that it can't be done.
  let fail: @Sendable (any Error) -> Void
  /// The same in a transaction of its own.
  let alone: PostgresPool.Job
}
