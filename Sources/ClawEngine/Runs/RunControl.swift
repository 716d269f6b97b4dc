import Synchronization

/// The reins of one run on this node: whoever wants it to stop says so here, once.
final class RunControl: Sendable {
  enum Stop: Sendable {
    /// Somebody asked for it; the run ends as aborted.
    case abort
    /// The process goes away; the run is left for the next one.
    case shutdown
    /// Another node owns it by now; nothing may be written any more.
    case leaseLost
  }

  private struct State {
    var reason: Stop?
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  var reason: Stop? { state.withLock { $0.reason } }

  /// The first reason stays.
  func stop(_ reason: Stop) {
    let waiter = state.withLock { state in
      if state.reason == nil { state.reason = reason }
      return state.waiter.take()
    }
    waiter?.resume()
  }

  /// Returns once there is a reason to stop, or when cancelled. One caller at a time.
  func stopped() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isDone = state.withLock { state in
          if state.reason != nil || Task.isCancelled { return true }
          state.waiter = continuation
          return false
        }
        if isDone { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume()
    }
  }
}
