import ClawCore
import ClawStore

extension StoreAccessService {
  /// As whom a run acts now, in a transaction that is open already; nil if its sender has lost the right to it.
  static func agent(of run: RunRecord, in transaction: TenantTransaction, at now: Timestamp) throws -> Principal? {
    try PrincipalCheck(of: 1, in: transaction, at: now).agent(of: run)
  }

  /// As whom a run acts now; nil if its sender has lost the right to it.
  func agent(of run: RunRecord) async throws -> Principal? {
    let now = time.now
    if let end = run.actor.credential?.expiresAt, end <= now { return nil }
    return try await runs.answer(to: run.id) {
      try await store.tenant(run.address.tenant).read { try Self.agent(of: run, in: $0, at: now) }
    }
  }

  /// Whether something has changed that the runs of a tenant on this node may depend on.
  func observeForRuns(_ observer: @escaping @Sendable (TenantID) -> Void) {
    runObserver.withLock { $0 = observer }
  }
}
