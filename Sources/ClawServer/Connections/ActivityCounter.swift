import Synchronization

/// Counts activities and lets a task wait until there are none.
final class ActivityCounter: Sendable {
  private struct State {
    var active = 0
    var waiter: Signal?
  }

  private let state = Mutex(State())

  func begin() { state.withLock { $0.active += 1 } }

  func end() {
    state.withLock { state in
      state.active -= 1
      if state.active == 0 {
        state.waiter?.send()
        state.waiter = nil
      }
    }
  }

  /// Waits until there is no activity, or the task is cancelled. For one task.
  func idle() async {
    let signal = state.withLock { state -> Signal? in
      guard state.active > 0 else { return nil }
      let signal = Signal()
      state.waiter = signal
      return signal
    }
    await signal?.wait()
  }
}
