import ClawCore
import ClawWebSocket
import Synchronization

/// The WebSocket connections there are. Bounded by the number of sockets the process may have.
final class ConnectionRegistry: Sendable {
  struct ID: Hashable, Sendable {
    let rawValue: UInt64
    var text: String { "c\(rawValue)" }
  }

  private struct Entry {
    let connection: WebSocketConnection
    var principal: Principal?
  }

  private struct State {
    var lastID: UInt64 = 0
    var entries: [ID: Entry] = [:]
  }

  private let state = Mutex(State())

  func add(_ connection: WebSocketConnection) -> ID {
    state.withLock { state in
      state.lastID += 1
      let id = ID(rawValue: state.lastID)
      state.entries[id] = Entry(connection: connection)
      return id
    }
  }

  func authenticated(_ id: ID, as principal: Principal) {
    state.withLock { $0.entries[id]?.principal = principal }
  }

  func remove(_ id: ID) {
    _ = state.withLock { $0.entries.removeValue(forKey: id) }
  }

  var all: [WebSocketConnection] { state.withLock { $0.entries.values.map(\.connection) } }

  /// Authenticated connections that a caller may know of: an admin those of the tenant, others their own user's.
  func count(visibleTo viewer: Principal) -> Int {
    state.withLock { state in
      state.entries.values.count { entry in
        guard let principal = entry.principal, principal.tenant == viewer.tenant else { return false }
        return viewer.role == .admin || principal.user == viewer.user
      }
    }
  }
}
