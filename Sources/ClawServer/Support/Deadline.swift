/// Runs an operation with a timeout.
/// - Returns: its result, or nil at the timeout; the operation is then cancelled, and must react to that.
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
