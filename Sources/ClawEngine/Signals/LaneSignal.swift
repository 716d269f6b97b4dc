import ClawCore
import Synchronization

/// Wakes the dispatcher, and names the lanes that may have runs to claim. Signals that arrive while it works are not
/// lost.
final class LaneSignal: Sendable {
  private struct State {
    var lanes: Set<Lane> = []
    var isDue = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func signal(_ lanes: some Sequence<Lane> = EmptyCollection()) {
    let waiter = state.withLock { state in
      state.lanes.formUnion(lanes)
      state.isDue = true
      return state.waiter.take()
    }
    waiter?.resume()
  }

  /// The lanes that were signalled. Returns when cancelled too. One caller at a time.
  func wait() async -> Set<Lane> {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDue = state.withLock { state in
          if state.isDue || Task.isCancelled { return true }
          state.waiter = continuation
          return false
        }
        if isDue { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume()
    }
    return state.withLock { state in
      defer {
        state.lanes = []
        state.isDue = false
      }
      return state.lanes
    }
  }
}
