import Synchronization

/// A value that tests can wait on without polling or sleeping.
final class FakeBoard<State: Sendable>: Sendable {
  private struct Waiter {
    let predicate: @Sendable (State) -> Bool
    let continuation: CheckedContinuation<Void, Never>
  }

  private struct Storage {
    var state: State
    var waiters: [Int: Waiter] = [:]
    var cancelled: Set<Int> = []
    var nextID = 0
  }

  private let storage: Mutex<Storage>

  init(_ state: State) {
    storage = Mutex(Storage(state: state))
  }

  var value: State { storage.withLock { $0.state } }

  @discardableResult
  func update<Result: Sendable>(_ change: @Sendable (inout State) -> Result) -> Result {
    let (result, ready) = storage.withLock { storage in
      let result = change(&storage.state)
      let ready = storage.waiters.filter { $0.value.predicate(storage.state) }
      for id in ready.keys { storage.waiters[id] = nil }
      return (result, ready.values.map(\.continuation))
    }
    for continuation in ready { continuation.resume() }
    return result
  }

  /// Returns once the state satisfies the predicate, or when the task is cancelled.
  func wait(until predicate: @escaping @Sendable (State) -> Bool) async {
    let id = storage.withLock { storage in
      storage.nextID += 1
      return storage.nextID
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isReady = storage.withLock { storage in
          if storage.cancelled.remove(id) != nil || predicate(storage.state) { return true }
          storage.waiters[id] = Waiter(predicate: predicate, continuation: continuation)
          return false
        }
        if isReady { continuation.resume() }
      }
    } onCancel: {
      let waiter = storage.withLock { storage -> Waiter? in
        if let waiter = storage.waiters.removeValue(forKey: id) { return waiter }
        storage.cancelled.insert(id)
        return nil
      }
      waiter?.continuation.resume()
    }
  }
}
