import Synchronization

/// Callers that wait to learn whether the database accepts writes. They share one probe write: an unresponsive database
/// must not tie up every connection of the pool.
final class PostgresProbe: Sendable {
  private struct State {
    var isUnderWay = false
    var nextID = 0
    var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
  }

  /// Callers that may wait at a time; further ones get `busy`.
  private static let maxWaiting = 1_000
  private static let busy = DatabaseError(kind: .busy, code: 0, message: "the database does not answer in time").claw

  private let state = Mutex(State())

  /// Adds a caller.
  /// - Returns: Its ID, for ``giveUp(_:)``, and whether the caller must start a probe; nil if the limit is reached.
  func add(_ continuation: CheckedContinuation<Void, any Error>) -> (id: Int, begins: Bool)? {
    let added = state.withLock { state -> (id: Int, begins: Bool)? in
      guard state.waiting.count < Self.maxWaiting else { return nil }
      let added = (id: state.nextID, begins: !state.isUnderWay)
      state.nextID += 1
      state.isUnderWay = true
      state.waiting[added.id] = continuation
      return added
    }
    if added == nil { continuation.resume(throwing: Self.busy) }
    return added
  }

  /// Times out one caller; does nothing if it has its answer.
  func giveUp(_ id: Int) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: Self.busy)
  }

  /// The probe has finished.
  func end(_ result: Result<Void, any Error>) {
    let waiting = state.withLock { state in
      defer { (state.isUnderWay, state.waiting) = (false, [:]) }
      return state.waiting.values
    }
    for continuation in waiting { continuation.resume(with: result) }
  }
}
