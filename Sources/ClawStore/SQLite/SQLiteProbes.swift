import ClawCore
import Dispatch
import Synchronization

/// Those who ask whether the database takes writes. They share one write, and each waits no longer than they like: the
/// write itself can't be taken back while another process holds the file.
final class SQLiteProbes: Sendable {
  private typealias Asker = CheckedContinuation<Void, any Error>

  private struct State {
    /// Bounded by the requests that a server takes at once; each leaves at its limit.
    var askers: [Int: Asker] = [:]
    var lastID = 0
    var isUnderWay = false
  }

  private let state = Mutex(State())
  private let timer = DispatchQueue(label: "swiftclaw.sqlite.probe", qos: .userInitiated)

  /// - Parameter begin: Begins the write if none is under way; calls back once with how it went.
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
