/// Work that is not cancelled with the task that asks for it; it belongs to the client's own task.
final class ClientTasks: Sendable {
  private final class Errand: Sendable {
    let work: @Sendable () async -> Void
    private let done: CheckedContinuation<Void, Never>?

    init(_ work: @escaping @Sendable () async -> Void, done: CheckedContinuation<Void, Never>? = nil) {
      self.work = work
      self.done = done
    }

    // Also where nobody runs it any more, so that nobody waits for nothing.
    deinit { done?.resume() }
  }

  private let waiting: AsyncStream<Errand>
  private let ask: AsyncStream<Errand>.Continuation

  init() {
    (waiting, ask) = AsyncStream.makeStream()
  }

  /// Has the work done and waits until it is, or until ``run()`` has ended.
  func perform(_ work: @escaping @Sendable () async -> Void) async {
    await withCheckedContinuation { _ = ask.yield(Errand(work, done: $0)) }
  }

  /// Has the work done, at some time before ``run()`` ends.
  func begin(_ work: @escaping @Sendable () async -> Void) { ask.yield(Errand(work)) }

  /// Does the work that is asked for, until this is cancelled.
  func run() async {
    await withDiscardingTaskGroup { tasks in
      for await errand in waiting { tasks.addTask { await errand.work() } }
    }
    ask.finish()
  }
}
