/// Runs work that must not be cancelled with the task that requests it; it belongs to the client's own task.
final class ClientTasks: Sendable {
  private final class Errand: Sendable {
    let work: @Sendable () async -> Void
    private let done: CheckedContinuation<Void, Never>?

    init(_ work: @escaping @Sendable () async -> Void, done: CheckedContinuation<Void, Never>? = nil) {
      self.work = work
      self.done = done
    }

    // Also if the work never runs, so that its caller does not wait forever.
    deinit { done?.resume() }
  }

  private let waiting: AsyncStream<Errand>
  private let ask: AsyncStream<Errand>.Continuation

  init() {
    (waiting, ask) = AsyncStream.makeStream()
  }

  /// Runs the work and waits until it is done, or until ``run()`` has ended.
  func perform(_ work: @escaping @Sendable () async -> Void) async {
    await withCheckedContinuation { _ = ask.yield(Errand(work, done: $0)) }
  }

  /// Starts the work, at some time before ``run()`` ends.
  func begin(_ work: @escaping @Sendable () async -> Void) { ask.yield(Errand(work)) }

  /// Runs requested work until cancelled.
  func run() async {
    await withDiscardingTaskGroup { tasks in
      for await errand in waiting { tasks.addTask { await errand.work() } }
    }
    ask.finish()
  }
}
