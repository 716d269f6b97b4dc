import Synchronization

/// The result of a task that is awaited with a timeout. One waiter at a time.
final class PendingResult<Value: Sendable>: Sendable {
  private struct State {
    var result: Result<Value, any Error>?
    var waiter: CheckedContinuation<Void, Never>?
    /// How many waits have timed out; a wait returns once its own number is reached.
    var expired = 0
    var waits = 0
  }

  private let state = Mutex(State())

  /// Sets the result; later ones are ignored.
  func put(_ result: Result<Value, any Error>) {
    let waiter = state.withLock { state in
      if state.result == nil { state.result = result }
      return state.waiter.take()
    }
    waiter?.resume()
  }

  /// Waits for the result; nil on timeout or when the caller is cancelled.
  func wait(within limit: Duration) async -> Result<Value, any Error>? {
    let number = begin()
    return await withTaskCancellationHandler {
      await withTaskGroup(of: Void.self) { group in
        group.addTask { [self] in
          guard (try? await Task.sleep(for: limit)) != nil else { return }
          expire(number)
        }
        await wait(number)
        group.cancelAll()
      }
      return state.withLock { $0.result }
    } onCancel: {
      expire(number)
    }
  }

  /// Like ``wait(within:)``, but not ended by cancellation: the timer belongs to `work`.
  func waitRegardless(for limit: Duration, in work: DetachedWork) async -> Result<Value, any Error>? {
    let number = begin()
    let timer = work.start { [self] in
      try? await Task.sleep(for: limit)
      expire(number)
    }
    // Without a timer there is no limit to the wait.
    guard let timer else { return state.withLock { $0.result } }
    await wait(number)
    work.cancel(timer)
    return state.withLock { $0.result }
  }

  private func begin() -> Int {
    state.withLock { state in
      state.waits += 1
      return state.waits
    }
  }

  private func expire(_ number: Int) {
    let waiter = state.withLock { state in
      state.expired = max(state.expired, number)
      return state.waits == number ? state.waiter.take() : nil
    }
    waiter?.resume()
  }

  private func wait(_ number: Int) async {
    await withCheckedContinuation { continuation in
      let isDone = state.withLock { state in
        if state.result != nil || state.expired >= number { return true }
        state.waiter = continuation
        return false
      }
      if isDone { continuation.resume() }
    }
  }
}
