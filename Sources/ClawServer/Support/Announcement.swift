import Synchronization

/// An event that occurs once, for any number of waiting tasks.
final class Announcement: Sendable {
  private struct State {
    var isMade = false
    var lastID: UInt64 = 0
    /// One per waiting task.
    var waiting: [UInt64: Signal] = [:]
  }

  private let state = Mutex(State())

  func make() {
    let waiting = state.withLock { state in
      state.isMade = true
      defer { state.waiting = [:] }
      return state.waiting.values.map(\.self)
    }
    for signal in waiting { signal.send() }
  }

  /// Returns once it has occurred, or when the task is cancelled.
  func wait() async {
    let entry = state.withLock { state -> (id: UInt64, signal: Signal)? in
      guard !state.isMade else { return nil }
      state.lastID += 1
      let signal = Signal()
      state.waiting[state.lastID] = signal
      return (state.lastID, signal)
    }
    guard let entry else { return }
    await entry.signal.wait()
    _ = state.withLock { $0.waiting.removeValue(forKey: entry.id) }
  }
}
