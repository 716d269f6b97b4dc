import ClawCore
import Synchronization

/// Stops a run on this node, and signals it that a message has arrived. The first stop reason wins.
final class RunControl: Sendable {
  enum Stop: Sendable {
    /// An abort was requested; the run ends as aborted.
    case abort
    /// The sender of the message has lost the right to it; the run fails.
    case forbidden
    /// The process is shutting down; the next start resumes the run.
    case shutdown
    /// Another node owns it by now; nothing may be written any more.
    case leaseLost
  }

  private struct State {
    var reason: Stop?
    var hasMessage = false
    var work: OwnedTask<Void>?
  }

  private let state = Mutex(State())

  var reason: Stop? { state.withLock { $0.reason } }

  /// A message for the run is in its inbox.
  func noteMessage() {
    state.withLock { $0.hasMessage = true }
  }

  /// Whether a message has arrived since the last call.
  func takeMessage() -> Bool {
    state.withLock { state in
      defer { state.hasMessage = false }
      return state.hasMessage
    }
  }

  /// Sets the stop reason; the first one wins.
  /// - Returns: Whether the stop reason is this one.
  @discardableResult
  func stop(_ reason: Stop) -> Bool {
    let (work, isReason) = state.withLock { state in
      if state.reason == nil { state.reason = reason }
      return (state.work, state.reason == reason)
    }
    work?.cancel()
    return isReason
  }

  /// Runs the work in a task of its own, which is cancelled on a stop or with the caller; the caller then ends the run.
  /// Returns once the work has ended.
  func whileRunning(_ work: @escaping @Sendable () async -> Void) async {
    let task = state.withLock { state in
      let task = OwnedTask { await work() }
      state.work = task
      if state.reason != nil { task.cancel() }
      return task
    }
    _ = await task.result()
    state.withLock { $0.work = nil }
  }
}
