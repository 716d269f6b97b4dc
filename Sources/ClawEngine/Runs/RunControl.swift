import Synchronization

/// Stops a run on this node. The first reason given wins.
final class RunControl: Sendable {
  enum Stop: Sendable {
    /// Somebody asked for it; the run ends as aborted.
    case abort
    /// Whoever sent the message has lost the right to; the run fails.
    case forbidden
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
  /// - Returns: Whether that is this one.
  @discardableResult
  func stop(_ reason: Stop) -> Bool {
    let (waiter, isReason) = state.withLock { state in
      if state.reason == nil { state.reason = reason }
      return (state.waiter.take(), state.reason == reason)
    }
    waiter?.resume()
    return isReason
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
