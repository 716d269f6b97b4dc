/// A task that its owner awaits and that others may cancel: for work that a timeout or a stop request ends while the
/// owner continues. With a task group this would take a second task that waits for the reason.
public struct OwnedTask<Value: Sendable>: Sendable {
  private let task: Task<Value, any Error>

  /// Starts the work. The creator must await ``result()`` or call ``cancel()``.
  public init(_ work: @escaping @Sendable () async throws -> Value) {
    task = Task { try await work() }
  }

  /// Cancels the work; safe at any time, from any thread.
  public func cancel() { task.cancel() }

  /// Waits for the end of the work; cancelling the caller cancels the work.
  public func result() async -> Result<Value, any Error> {
    await withTaskCancellationHandler {
      await task.result
    } onCancel: {
      task.cancel()
    }
  }
}
