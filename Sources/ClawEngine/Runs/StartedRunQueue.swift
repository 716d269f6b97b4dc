import ClawCore
import ClawStore
import Synchronization

/// Runs that `accept` has started and the dispatcher has yet to pick up. Bounded by the slots of the lanes.
final class StartedRunQueue: Sendable {
  private struct State {
    var runs: [(StartedRun, RunControl)] = []
    var isClosed = false
  }

  private let state = Mutex(State())

  /// False if the queue is closed.
  func add(_ run: StartedRun, _ control: RunControl) -> Bool {
    state.withLock { state in
      if !state.isClosed { state.runs.append((run, control)) }
      return !state.isClosed
    }
  }

  func take() -> [(StartedRun, RunControl)] {
    state.withLock { state in
      defer { state.runs = [] }
      return state.runs
    }
  }

  /// Closes the queue; returns the remaining runs.
  func close() -> [(StartedRun, RunControl)] {
    state.withLock { $0.isClosed = true }
    return take()
  }
}
