import Synchronization

/// A clock that moves only when told to.
final class TestClock: Clock {
  struct Instant: InstantProtocol {
    var offset: Duration
    func advanced(by duration: Duration) -> Instant { Instant(offset: offset + duration) }
    func duration(to other: Instant) -> Duration { other.offset - offset }
    static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
  }

  private struct State {
    var now = Duration.zero
    var nextID = 0
    var sleepers: [Int: (end: Duration, length: Duration, continuation: CheckedContinuation<Void, any Error>)] = [:]
    var cancelled: Set<Int> = []
    var watchers: [(length: Duration, continuation: CheckedContinuation<Void, Never>)] = []
  }

  private let state = Mutex(State())

  var now: Instant { Instant(offset: state.withLock { $0.now }) }
  var minimumResolution: Duration { .nanoseconds(1) }

  func sleep(until deadline: Instant, tolerance: Duration?) async throws {
    let id = state.withLock { state in
      state.nextID += 1
      return state.nextID
    }
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
        enum Start { case over, cancelled, sleeping([CheckedContinuation<Void, Never>]) }
        let start = state.withLock { state -> Start in
          if state.cancelled.remove(id) != nil { return .cancelled }
          if deadline.offset <= state.now { return .over }
          let length = deadline.offset - state.now
          state.sleepers[id] = (deadline.offset, length, continuation)
          let seen = state.watchers.filter { $0.length == length }.map(\.continuation)
          state.watchers.removeAll { $0.length == length }
          return .sleeping(seen)
        }
        switch start {
        case .over: continuation.resume()
        case .cancelled: continuation.resume(throwing: CancellationError())
        case .sleeping(let seen): for watcher in seen { watcher.resume() }
        }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        let sleeper = state.sleepers.removeValue(forKey: id)
        if sleeper == nil { state.cancelled.insert(id) }
        return sleeper
      }
      sleeper?.continuation.resume(throwing: CancellationError())
    }
  }

  /// Returns once a task sleeps for exactly this duration.
  func sleeper(of length: Duration) async {
    await withCheckedContinuation { continuation in
      let isThere = state.withLock { state in
        if state.sleepers.values.contains(where: { $0.length == length }) { return true }
        state.watchers.append((length, continuation))
        return false
      }
      if isThere { continuation.resume() }
    }
  }

  /// The number of sleeping tasks.
  var sleepers: Int { state.withLock { $0.sleepers.count } }

  func advance(by duration: Duration) {
    let due = state.withLock { state in
      state.now += duration
      let due = state.sleepers.filter { $0.value.end <= state.now }
      for id in due.keys { state.sleepers[id] = nil }
      return due.values.map(\.continuation)
    }
    for continuation in due { continuation.resume() }
  }
}
