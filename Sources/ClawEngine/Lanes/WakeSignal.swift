import ClawCore
import Synchronization

/// Wakes the dispatcher: which lanes may have something to claim. Signals that come while it works are not lost.
final class WakeSignal: Sendable {
  private struct State {
    var lanes: Set<Lane> = []
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func signal(_ lanes: some Sequence<Lane>) {
    let waiter = state.withLock { state in
      state.lanes.formUnion(lanes)
      return state.lanes.isEmpty ? nil : state.waiter.take()
    }
    waiter?.resume()
  }

  /// The lanes that were signalled; empty when cancelled. One caller at a time.
  func wait() async -> Set<Lane> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state in
          if !state.lanes.isEmpty || Task.isCancelled { return true }
          state.waiter = continuation
          return false
        }
        if isDue { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume()
    }
    return state.withLock { state in
      defer { state.lanes = [] }
      return state.lanes
    }
  }
}
