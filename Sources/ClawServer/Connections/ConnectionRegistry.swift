import ClawCore
import ClawWebSocket
import NIOCore
import Synchronization

/// The WebSocket connections there are. Bounded by the number of sockets the process may have.
final class ConnectionRegistry: Sendable {
  struct ID: Hashable, Sendable {
    let rawValue: UInt64
    var text: String { "c\(rawValue)" }
  }

  /// How a connection stands to a device.
  private enum DeviceTie {
    /// Waits for its pairing.
    case pending(DeviceID)
    /// Came in as it.
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
    /// Who it is about to be; a revocation from then on finds it.
    var candidate: Principal?
    var tie: DeviceTie?
    /// Its credential is gone; nothing it still sends counts.
    var hasEnded = false
  }

  private struct State {
    var lastID: UInt64 = 0
    var entries: [ID: Entry] = [:]
  }

  /// Connections that may wait for the pairing of one device: a few pages of one browser.
  static let maxPendingPerDevice = 8

  private let expulsionTimeout: Duration
  private let state = Mutex(State())

  /// - Parameter expulsionTimeout: For the closing handshake of those who are put out.
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

  /// Authenticated connections that a caller may know of: an admin those of the tenant, others their own user's.
  func count(visibleTo viewer: Principal) -> Int {
    state.withLock { state in
      state.entries.values.count { entry in
        guard let principal = entry.principal, principal.tenant == viewer.tenant else { return false }
        return viewer.maySee(principal.user)
      }
    }
  }

  // MARK: - Credentials

  /// Notes who a connection is about to be; nil if nothing came of it.
  func expect(_ principal: Principal?, on id: ID) {
    state.withLock { $0.entries[id]?.candidate = principal }
  }

  /// The tenants whose connections there are.
  var tenants: Set<TenantID> {
    state.withLock { Set($0.entries.values.compactMap { ($0.principal ?? $0.candidate)?.tenant }) }
  }

  /// Who is connected in a tenant, or about to be.
  func principals(of tenant: TenantID) -> Set<Principal> {
    state.withLock { state in
      Set(state.entries.values.compactMap { $0.principal ?? $0.candidate }.filter { $0.tenant == tenant })
    }
  }

  /// Ends all connections of these; what they still send is not heard.
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

  /// Ties a connection to a device that waits, so that it hears what becomes of it. False if too many wait for it.
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

  /// Ties a connection to a device that it comes in as: from now on a revocation closes it.
  func tie(_ device: DeviceID, to id: ID) {
    state.withLock { $0.entries[id]?.tie = .paired(device) }
  }

  /// Nothing came of it.
  func untie(_ id: ID) {
    state.withLock { $0.entries[id]?.tie = nil }
  }

  /// Whether what let the connection in is gone meanwhile.
  func hasEnded(_ id: ID) -> Bool {
    state.withLock { $0.entries[id]?.hasEnded ?? false }
  }

  /// Those who may decide on a pairing.
  func deciders(on notice: PairingNotice) -> [WebSocketConnection] {
    state.withLock { state in
      state.entries.values.filter { entry in
        guard let principal = entry.principal else { return false }
        return principal.tenant == notice.tenant && principal.mayDecide(on: notice)
      }.map(\.connection)
    }
  }

  /// Those whom a decision concerns and who may not decide: the device's own connections, and who asked for it.
  func concerned(by notice: PairingNotice) -> [WebSocketConnection] {
    state.withLock { state in
      state.entries.values.filter { entry in
        if entry.tie?.device == notice.device { return true }
        guard let asker = notice.requestedBy, let principal = entry.principal else { return false }
        return principal.tenant == notice.tenant && principal.user == asker && !principal.mayDecide(on: notice)
      }.map(\.connection)
    }
  }

  /// Ends all connections of a device; what they still send is not heard.
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

  /// Closes with 1008, and drops the socket of a peer that does not take it.
  func expel(_ connection: WebSocketConnection, reason: String) {
    connection.close(code: .policyViolation, reason: reason, within: expulsionTimeout)
  }
}
