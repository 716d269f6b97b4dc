import Synchronization

/// Limits the concurrent calls of one connection. Only one task, the reader, waits here.
final class CallSlots: Sendable {
  private struct State {
    var used = 0
    var waiter: (limit: Int, signal: Signal)?
  }

  private let limit: Int
  private let state = Mutex(State())

  init(limit: Int) {
    self.limit = max(1, limit)
  }

  /// Takes a slot. After taking the last one, call ``untilFree()`` before the next.
  func take() {
    state.withLock { $0.used += 1 }
  }

  var isFull: Bool { state.withLock { $0.used >= limit } }

  /// Waits until a slot is free, or the task is cancelled.
  func untilFree() async {
    await wait(untilBelow: limit)
  }

  func release() {
    state.withLock { state in
      state.used -= 1
      guard let waiter = state.waiter, state.used < waiter.limit else { return }
      state.waiter = nil
      waiter.signal.send()
    }
  }

  /// Waits until no call is running.
  func drained() async {
    await wait(untilBelow: 1)
  }

  private func wait(untilBelow limit: Int) async {
    let signal = state.withLock { state -> Signal? in
      guard state.used >= limit else { return nil }
      let signal = Signal()
      state.waiter = (limit, signal)
      return signal
    }
    await signal?.wait()
  }
}

/// A counting semaphore without waiting.
final class Places: Sendable {
  private let limit: Int
  private let used = Mutex(0)

  init(limit: Int) {
    self.limit = limit
  }

  /// Takes a slot; false if there is none.
  func take() -> Bool {
    used.withLock { used in
      guard used < limit else { return false }
      used += 1
      return true
    }
  }

  func giveBack() { used.withLock { $0 -= 1 } }
}
