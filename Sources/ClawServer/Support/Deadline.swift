/// Gives an operation a time to end in.
/// - Returns: its result, or nil if the time ran out; the operation is cancelled then, and must heed it.
func within<Result: Sendable>(
  _ duration: Duration, _ operation: @escaping @Sendable () async throws -> Result
) async throws -> Result? {
  try await withThrowingTaskGroup(of: Result?.self) { group in
    defer { group.cancelAll() }
    group.addTask { try await operation() }
    group.addTask {
      try await Task.sleep(for: duration)
      return nil
    }
    return try await group.next() ?? nil
  }
}
