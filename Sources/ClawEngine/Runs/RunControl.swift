import Synchronization

/// Stops a run on this node, and tells it that somebody has spoken to it. The first reason to stop wins.
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
    var hasMessage = false
  }

  private let state = Mutex(State())

  var reason: Stop? { state.withLock { $0.reason } }

  /// Something was said to the run that it has to read.
  func noteMessage() {
    state.withLock { $0.hasMessage = true }
  }

  /// Whether something was said since it was last asked.
  func takeMessage() -> Bool {
    state.withLock { state in
      defer { state.hasMessage = false }
      return state.hasMessage
    }
  }

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
