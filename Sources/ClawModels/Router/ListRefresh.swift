import Synchronization

/// Asks for the lists of models on behalf of all who look for an unknown name at the same time, once. For a while after
/// that a name which is still unknown is answered at once.
final class ListRefresh: Sendable {
  private struct State {
    var isUnderWay = false
    var last: Duration?
    /// One for each caller that waits meanwhile.
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private enum Turn {
    case fresh, wait, lead
  }

  private let state = Mutex(State())

  /// Returns once the lists are fresh, or when cancelled.
  /// - Parameters:
  ///   - memory: How long a refresh counts.
  ///   - ask: Throws `CancellationError` alone; whoever waits then asks instead.
  func callAsFunction(now: () -> Duration, memory: Duration, _ ask: () async throws -> Void) async {
    while !Task.isCancelled {
      switch takeTurn(now: now(), memory: memory) {
      case .fresh: return
      case .wait: await wait()
      case .lead:
        let isDone = (try? await ask()) != nil
        finish(at: isDone ? now() : nil)
        if isDone { return }
      }
    }
  }

  private func takeTurn(now: Duration, memory: Duration) -> Turn {
    state.withLock { state in
      if let last = state.last, now - last < memory { return .fresh }
      if state.isUnderWay { return .wait }
      state.isUnderWay = true
      return .lead
    }
  }

  private func wait() async {
    await withCheckedContinuation { continuation in
      let isOver = state.withLock { state in
        if state.isUnderWay { state.waiters.append(continuation) }
        return !state.isUnderWay
      }
      if isOver { continuation.resume() }
    }
  }

  private func finish(at time: Duration?) {
    let waiters = state.withLock { state in
      state.isUnderWay = false
      state.last = time ?? state.last
      defer { state.waiters = [] }
      return state.waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
