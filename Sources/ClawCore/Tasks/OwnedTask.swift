/// A task that its owner waits for, and that others may cancel: for work that a limit or a reason to stop ends while the
/// owner itself goes on. A task group can't do that without a second task that waits for the reason.
public struct OwnedTask<Value: Sendable>: Sendable {
  private let task: Task<Value, any Error>

  /// Begins the work. Whoever makes this waits for ``result()`` or calls ``cancel()``.
  public init(_ work: @escaping @Sendable () async throws -> Value) {
    task = Task { try await work() }
  }

  /// Cancels the work; safe at any time, from any thread.
  public func cancel() { task.cancel() }

  /// Waits for the end of the work, which is cancelled where the caller is.
  public func result() async -> Result<Value, any Error> {
    await withTaskCancellationHandler {
      await task.result
    } onCancel: {
      task.cancel()
    }
  }
}
