import Synchronization

/// Refreshes the lists of models once for all concurrent lookups of unknown names. For a while afterwards, unknown
/// names are answered without a refresh.
final class ListRefresh: Sendable {
  private struct State {
    var isUnderWay = false
    var last: Duration?
    /// One per waiting caller.
    var waiters: [CheckedContinuation<Void, Never>] = []
  }

  private enum Turn {
    case fresh, wait, lead
  }

  private let state = Mutex(State())

  /// Returns once the lists are fresh, or when cancelled.
  /// - Parameters:
  ///   - memory: How long a refresh counts.
  ///   - ask: Throws only `CancellationError`; a waiting caller then refreshes instead.
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
