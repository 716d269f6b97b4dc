#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Ends the process without any cleanup; stored data survives as it survives a crash.
enum ProcessEnd {
  static func now(_ status: CommandStatus) -> Never { _exit(status.rawValue) }

  /// Runs the body, and ends the process at a timeout, whatever is blocking: even a call that can't be cancelled.
  /// - Parameters:
  ///   - notice: After this time ...
  ///   - noticed: ... this is called once.
  ///   - expired: Called before the process ends.
  static func unlessDone<Value: Sendable>(
    within limit: Duration, notice: Duration, noticed: @escaping @Sendable () -> Void,
    expired: @escaping @Sendable () -> CommandStatus, _ body: () async throws -> Value
  ) async throws -> Value {
    try await withThrowingTaskGroup(of: Void.self) { watch in
      watch.addTask {
        let start = ContinuousClock.now
        try await Task.sleep(until: start + min(notice, limit), clock: .continuous)
        if notice < limit { noticed() }
        try await Task.sleep(until: start + limit, clock: .continuous)
        now(expired())
      }
      defer { watch.cancelAll() }
      return try await body()
    }
  }
}
