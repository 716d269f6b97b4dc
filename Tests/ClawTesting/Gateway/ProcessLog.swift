import Synchronization

/// The log lines of a process, with waiting for a line.
final class ProcessLog: Sendable {
  private struct State {
    var text = ""
    var hasEnded = false
    var waiting: [(text: String, continuation: CheckedContinuation<Bool, Never>)] = []
  }

  private let state = Mutex(State())

  var text: String { state.withLock { $0.text } }

  func add(_ line: String) {
    let found = state.withLock { state in
      state.text += line + "\n"
      let found = state.waiting.filter { line.contains($0.text) }
      state.waiting.removeAll { line.contains($0.text) }
      return found
    }
    for waiter in found { waiter.continuation.resume(returning: true) }
  }

  /// Nothing more comes.
  func end() {
    let waiting = state.withLock { state in
      state.hasEnded = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for waiter in waiting { waiter.continuation.resume(returning: false) }
  }

  /// Waits for a line that contains this.
  /// - Returns: false if the process ends without one.
  func wait(for text: String) async -> Bool {
    await withCheckedContinuation { continuation in
      let known = state.withLock { state -> Bool? in
        if state.text.contains(text) { return true }
        if state.hasEnded { return false }
        state.waiting.append((text, continuation))
        return nil
      }
      if let known { continuation.resume(returning: known) }
    }
  }
}
