import ClawCore
import NIOCore
import Synchronization

/// HTTP requests that are being answered: a credential that is taken away ends what it has open, streams above all.
/// Bounded by the number of sockets the process may have.
final class OpenAnswers: Sendable {
  struct ID: Hashable, Sendable {
    fileprivate let rawValue: UInt64
  }

  private struct State {
    var lastID: UInt64 = 0
    var entries: [ID: (principal: Principal, channel: any Channel)] = [:]
  }

  private let state = Mutex(State())

  func begin(for principal: Principal, on channel: any Channel) -> ID {
    state.withLock { state in
      state.lastID += 1
      let id = ID(rawValue: state.lastID)
      state.entries[id] = (principal, channel)
      return id
    }
  }

  func end(_ id: ID) {
    _ = state.withLock { $0.entries.removeValue(forKey: id) }
  }

  /// The tenants for whose users something is answered.
  var tenants: Set<TenantID> { state.withLock { Set($0.entries.values.map(\.principal.tenant)) } }

  /// Who is answered in a tenant.
  func principals(of tenant: TenantID) -> Set<Principal> {
    state.withLock { Set($0.entries.values.map(\.principal).filter { $0.tenant == tenant }) }
  }

  /// Drops the connections of these: the rest of an answer is not for them.
  func drop(_ principals: Set<Principal>) {
    let channels = state.withLock { state in
      state.entries.values.filter { principals.contains($0.principal) }.map(\.channel)
    }
    for channel in channels { channel.close(promise: nil) }
  }
}
