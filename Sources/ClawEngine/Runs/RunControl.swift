import ClawCore
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
    var hasMessage = false
    var work: OwnedTask<Void>?
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
    let (work, isReason) = state.withLock { state in
      if state.reason == nil { state.reason = reason }
      return (state.work, state.reason == reason)
    }
    work?.cancel()
    return isReason
  }

  /// Does the work of the run in a task of its own, which is cancelled when there is a reason to stop, or with the caller;
  /// the caller itself is left to end the run. Returns once the work has ended.
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
