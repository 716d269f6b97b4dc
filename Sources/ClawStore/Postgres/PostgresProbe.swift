import Synchronization

/// Those who wait to hear whether the database takes writes. One look serves all who ask while it is under way: a
/// database that says nothing must not be given every connection of the pool to be silent on.
final class PostgresProbe: Sendable {
  private struct State {
    var isUnderWay = false
    var nextID = 0
    var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
  }

  /// How many may wait at a time; one more is told at once that the database is busy.
  private static let maxWaiting = 1_000
  private static let busy = DatabaseError(kind: .busy, code: 0, message: "the database does not answer in time").claw

  private let state = Mutex(State())

  /// Adds somebody who waits.
  /// - Returns: Who it is, for ``giveUp(_:)``, and whether a look has to be begun; nil if there is no room.
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

  /// The time of one who waits is over; nothing happens if there was an answer.
  func giveUp(_ id: Int) {
    state.withLock { $0.waiting.removeValue(forKey: id) }?.resume(throwing: Self.busy)
  }

  /// The look is over.
  func end(_ result: Result<Void, any Error>) {
    let waiting = state.withLock { state in
      defer { (state.isUnderWay, state.waiting) = (false, [:]) }
      return state.waiting.values
    }
    for continuation in waiting { continuation.resume(with: result) }
  }
}
