import ClawCore
import Logging
import Synchronization

/// Closes the connections of revoked credentials: at once if this node revoked them, otherwise at intervals.
final class CredentialMonitor: Sendable {
  private struct State {
    /// Tenants with changed credentials. Bounded by the number of tenants.
    var changed: Set<TenantID> = []
    var signal: Signal?
  }

  private let access: any AccessService
  private let connections: ConnectionRegistry
  private let openAnswers: OpenResponses
  private let interval: Duration
  private let timeout: Duration
  private let state = Mutex(State())

  /// - Parameters:
  ///   - interval: Time between two rounds.
  ///   - timeout: How long a response may take to end.
  init(
    access: any AccessService, connections: ConnectionRegistry, openAnswers: OpenResponses, interval: Duration,
    timeout: Duration
  ) {
    self.access = access
    self.connections = connections
    self.openAnswers = openAnswers
    self.interval = interval
    self.timeout = timeout
  }

  /// Records that a credential of a tenant was revoked or changed. Never blocks.
  func note(_ tenant: TenantID) {
    let signal = state.withLock { state in
      state.changed.insert(tenant)
      defer { state.signal = nil }
      return state.signal
    }
    signal?.send()
  }

  /// Runs until cancelled.
  func run(_ logger: Logger) async {
    var next = ContinuousClock.now + interval
    while !Task.isCancelled {
      let changed = state.withLock { state in
        defer { state.changed = [] }
        return state.changed
      }
      let isRound = next <= .now
      if isRound { next = .now + interval }
      let tenants = isRound ? changed.union(connections.tenants).union(openAnswers.tenants) : changed
      for tenant in tenants {
        guard !Task.isCancelled else { return }
        do {
          try await check(tenant)
        } catch {
          // The next round retries; nobody is authenticated with the credential meanwhile.
          logger.warning("credentials.check_failed", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
        }
      }
      await wait(until: next)
    }
  }

  private func check(_ tenant: TenantID) async throws {
    let present = connections.principals(of: tenant).union(openAnswers.principals(of: tenant))
    guard !present.isEmpty else { return }
    let ended = try await access.ended(among: present, in: tenant)
    connections.end(ended, reason: "the credential was revoked or has changed")
    openAnswers.revoke(ended, timeout: timeout)
  }

  private func wait(until time: ContinuousClock.Instant) async {
    let signal = state.withLock { state -> Signal? in
      guard state.changed.isEmpty else { return nil }
      let signal = Signal()
      state.signal = signal
      return signal
    }
    guard let signal else { return }
    await withTaskGroup(of: Void.self) { group in
      group.addTask { try? await Task.sleep(until: time, clock: .continuous) }
      group.addTask { await signal.wait() }
      await group.next()
      group.cancelAll()
    }
  }
}
