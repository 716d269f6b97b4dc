import ClawCore
import NIOCore
import Synchronization

/// HTTP requests that are being answered: a credential that is taken away ends what it has open, streams above all.
/// Bounded by the number of sockets the process may have.
final class OpenResponses: Sendable {
  struct ID: Hashable, Sendable {
    fileprivate let rawValue: UInt64
  }

  private struct Entry {
    let principal: Principal
    let channel: any Channel
    /// Nil if the connection is dropped without a word.
    var revoked: Signal?
  }

  private struct State {
    var lastID: UInt64 = 0
    var entries: [ID: Entry] = [:]
  }

  private let state = Mutex(State())

  func begin(for principal: Principal, on channel: any Channel) -> ID {
    state.withLock { state in
      state.lastID += 1
      let id = ID(rawValue: state.lastID)
      state.entries[id] = Entry(principal: principal, channel: channel)
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

  /// Sent once when the credential of an answer is taken away; whoever asks for it ends the answer with a word on that.
  func whenRevoked(_ id: ID) -> Signal {
    let signal = Signal()
    state.withLock { $0.entries[id]?.revoked = signal }
    return signal
  }

  /// Ends the answers to these: the rest is not for them. One that is not over after `timeout`, as of a client that does
  /// not read, is cut, and so is at once one that nobody would end.
  func revoke(_ principals: Set<Principal>, timeout: Duration) {
    let entries = state.withLock { state in state.entries.filter { principals.contains($0.value.principal) } }
    for (id, entry) in entries {
      guard let revoked = entry.revoked else {
        entry.channel.close(promise: nil)
        continue
      }
      revoked.send()
      entry.channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) { [self] in
        // The connection may answer another request by then.
        if state.withLock({ $0.entries[id] != nil }) { entry.channel.close(promise: nil) }
      }
    }
  }
}
