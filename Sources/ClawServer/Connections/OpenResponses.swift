import ClawCore
import NIOCore
import Synchronization

/// HTTP requests in progress: revoking a credential ends its open responses, above all streams. Bounded by the
/// process's limit on sockets.
final class OpenResponses: Sendable {
  struct ID: Hashable, Sendable {
    fileprivate let rawValue: UInt64
  }

  private struct Entry {
    let principal: Principal
    let channel: any Channel
    /// Nil if the connection is closed without a message.
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

  /// The tenants with open responses.
  var tenants: Set<TenantID> { state.withLock { Set($0.entries.values.map(\.principal.tenant)) } }

  /// The principals with open responses in a tenant.
  func principals(of tenant: TenantID) -> Set<Principal> {
    state.withLock { Set($0.entries.values.map(\.principal).filter { $0.tenant == tenant }) }
  }

  /// Fires once when the credential of a response is revoked; a handler that requests it ends the response with an
  /// error message.
  func whenRevoked(_ id: ID) -> Signal {
    let signal = Signal()
    state.withLock { $0.entries[id]?.revoked = signal }
    return signal
  }

  /// Ends the responses to these principals. One that has not ended after `timeout`, for instance because the client
  /// does not read, is cut off, and so is at once one without a handler for the signal.
  func revoke(_ principals: Set<Principal>, timeout: Duration) {
    let entries = state.withLock { state in state.entries.filter { principals.contains($0.value.principal) } }
    for (id, entry) in entries {
      guard let revoked = entry.revoked else {
        entry.channel.close(promise: nil)
        continue
      }
      revoked.send()
      entry.channel.eventLoop.scheduleTask(in: TimeAmount(timeout)) { [self] in
        // The connection may be answering another request by then.
        if state.withLock({ $0.entries[id] != nil }) { entry.channel.close(promise: nil) }
      }
    }
  }
}
