import ClawCore
import ClawWebSocket
import NIOCore
import Synchronization

/// The open WebSocket connections. Bounded by the process's limit on sockets.
final class ConnectionRegistry: Sendable {
  struct ID: Hashable, Sendable {
    let rawValue: UInt64
    var text: String { "c\(rawValue)" }
  }

  /// A connection's relation to a device.
  private enum DeviceTie {
    /// Its pairing is pending.
    case pending(DeviceID)
    /// Authenticated as the device.
    case paired(DeviceID)
    var device: DeviceID? {
      switch self {
      case .pending(let device), .paired(let device): device
      }
    }
  }

  private struct Entry {
    let connection: WebSocketConnection
    var principal: Principal?
    /// The principal being authenticated; a revocation from then on finds it.
    var candidate: Principal?
    var tie: DeviceTie?
    /// Its credential was revoked; further messages are ignored.
    var hasEnded = false
  }

  private struct State {
    var lastID: UInt64 = 0
    var entries: [ID: Entry] = [:]
  }

  /// Connections waiting for the pairing of one device: a few pages of one browser.
  static let maxPendingPerDevice = 8

  private let expulsionTimeout: Duration
  private let state = Mutex(State())

  /// - Parameter expulsionTimeout: For the closing handshake of expelled connections.
  init(expulsionTimeout: Duration) {
    self.expulsionTimeout = expulsionTimeout
  }

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

  /// Authenticated connections that a caller may see: an admin those of the tenant, others those of their own user.
  func count(visibleTo viewer: Principal) -> Int {
    state.withLock { state in
      state.entries.values.count { entry in
        guard let principal = entry.principal, principal.tenant == viewer.tenant else { return false }
        return viewer.maySee(principal.user)
      }
    }
  }

  // MARK: - Credentials

  /// Sets the principal being authenticated; nil if authentication failed.
  func expect(_ principal: Principal?, on id: ID) {
    state.withLock { $0.entries[id]?.candidate = principal }
  }

  /// The tenants with connections.
  var tenants: Set<TenantID> {
    state.withLock { Set($0.entries.values.compactMap { ($0.principal ?? $0.candidate)?.tenant }) }
  }

  /// The principals connected in a tenant, or being authenticated.
  func principals(of tenant: TenantID) -> Set<Principal> {
    state.withLock { state in
      Set(state.entries.values.compactMap { $0.principal ?? $0.candidate }.filter { $0.tenant == tenant })
    }
  }

  /// Closes all connections of these principals; further messages are ignored.
  func end(_ principals: Set<Principal>, reason: String) {
    guard !principals.isEmpty else { return }
    let connections = state.withLock { state -> [WebSocketConnection] in
      let ids = state.entries.filter { entry in
        (entry.value.principal ?? entry.value.candidate).map(principals.contains) ?? false
      }.keys
      for id in ids { state.entries[id]?.hasEnded = true }
      return ids.compactMap { state.entries[$0]?.connection }
    }
    for connection in connections { expel(connection, reason: reason) }
  }

  // MARK: - Devices

  /// Associates a connection with a pending device, so that it is notified of the decision. False if too many
  /// connections wait for the device.
  func wait(for device: DeviceID, on id: ID) -> Bool {
    state.withLock { state in
      let waiting = state.entries.count { entry in
        if case .pending(device) = entry.value.tie { entry.key != id } else { false }
      }
      guard waiting < Self.maxPendingPerDevice else { return false }
      state.entries[id]?.tie = .pending(device)
      return true
    }
  }

  /// Associates a connection with the device it authenticates as: from now on a revocation closes it.
  func tie(_ device: DeviceID, to id: ID) {
    state.withLock { $0.entries[id]?.tie = .paired(device) }
  }

  /// Removes the association.
  func untie(_ id: ID) {
    state.withLock { $0.entries[id]?.tie = nil }
  }

  /// Whether the connection's credential was revoked meanwhile.
  func hasEnded(_ id: ID) -> Bool {
    state.withLock { $0.entries[id]?.hasEnded ?? false }
  }

  /// Connections of users who may decide on a pairing.
  func deciders(on notice: PairingNotice) -> [WebSocketConnection] {
    state.withLock { state in
      state.entries.values.filter { entry in
        guard let principal = entry.principal else { return false }
        return principal.tenant == notice.tenant && principal.mayDecide(on: notice)
      }.map(\.connection)
    }
  }

  /// Connections that a decision concerns but that may not decide: the device's own, and that of the user who requested
  /// it.
  func concerned(by notice: PairingNotice) -> [WebSocketConnection] {
    state.withLock { state in
      state.entries.values.filter { entry in
        if entry.tie?.device == notice.device { return true }
        guard let asker = notice.requestedBy, let principal = entry.principal else { return false }
        return principal.tenant == notice.tenant && principal.user == asker && !principal.mayDecide(on: notice)
      }.map(\.connection)
    }
  }

  /// Closes all connections of a device; further messages are ignored.
  func end(_ device: DeviceID, reason: String) {
    let connections = state.withLock { state -> [WebSocketConnection] in
      let ids = state.entries.filter { $0.value.tie?.device == device }.keys
      for id in ids {
        state.entries[id]?.tie = nil
        state.entries[id]?.hasEnded = true
      }
      return ids.compactMap { state.entries[$0]?.connection }
    }
    for connection in connections { expel(connection, reason: reason) }
  }

  /// Closes with 1008, and closes the socket if the peer does not respond.
  func expel(_ connection: WebSocketConnection, reason: String) {
    connection.close(code: .policyViolation, reason: reason, within: expulsionTimeout)
  }
}
