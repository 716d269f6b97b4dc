import ClawCore
import ClawStore

extension StoreAccessService {
  /// The principal that a run acts as now, in an open transaction; nil if its sender has lost the right to it.
  static func agent(of run: RunRecord, in transaction: TenantTransaction, at now: Timestamp) throws -> Principal? {
    try PrincipalCheck(of: 1, in: transaction, at: now).agent(of: run)
  }

  /// The principal that a run acts as now; nil if its sender has lost the right to it.
  func agent(of run: RunRecord) async throws -> Principal? {
    let now = time.now
    if let end = run.actor.credential?.expiresAt, end <= now { return nil }
    return try await runs.answer(to: run.id) {
      try await store.tenant(run.address.tenant).read { try Self.agent(of: run, in: $0, at: now) }
    }
  }

  /// Calls the observer for a tenant after a change that its runs on this node may depend on.
  func observeForRuns(_ observer: @escaping @Sendable (TenantID) -> Void) {
    runObserver.withLock { $0 = observer }
  }
}
