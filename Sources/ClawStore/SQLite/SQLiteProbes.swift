import ClawCore
import Dispatch
import Synchronization

/// Callers that ask whether the database accepts writes. They share one probe write, and each has its own timeout: the
/// write itself can't be cancelled while another process holds the lock.
final class SQLiteProbes: Sendable {
  private typealias Asker = CheckedContinuation<Void, any Error>

  private struct State {
    /// Bounded by the server's limit on concurrent requests; each leaves at its timeout.
    var askers: [Int: Asker] = [:]
    var lastID = 0
    var isUnderWay = false
  }

  private let state = Mutex(State())
  private let timer = DispatchQueue(label: "swiftclaw.sqlite.probe", qos: .userInitiated)

  /// - Parameter begin: Starts the write if none is running; it calls back once with the outcome.
  func join(within limit: Duration, _ begin: (@escaping @Sendable ((any Error)?) -> Void) -> Void) async throws {
    try await withCheckedThrowingContinuation { (asker: Asker) in
      let (id, isFirst) = state.withLock { state in
        state.lastID += 1
        state.askers[state.lastID] = asker
        defer { state.isUnderWay = true }
        return (state.lastID, !state.isUnderWay)
      }
      if isFirst { begin { self.finish($0) } }
      timer.asyncAfter(deadline: .now() + .milliseconds(Int(limit.milliseconds))) {
        let late = self.state.withLock { $0.askers.removeValue(forKey: id) }
        late?.resume(throwing: DatabaseError(kind: .busy, code: 0, message: "the write took too long").claw)
      }
    }
  }

  private func finish(_ error: (any Error)?) {
    let askers = state.withLock { state in
      state.isUnderWay = false
      defer { state.askers = [:] }
      return state.askers.values
    }
    for asker in askers {
      if let error { asker.resume(throwing: error) } else { asker.resume() }
    }
  }
}
