import ClawCore
import ClawStore
import Logging

extension AccessKeeper {
  /// As whom a run acts now, in a transaction that is open already; nil if its sender has lost the right to it.
  static func agent(of run: RunRecord, in transaction: TenantTransaction, at now: Timestamp) throws -> Principal? {
    try StandingCheck(of: 1, in: transaction, at: now).agent(of: run)
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

/// Stops those runs of a tenant on this node whose sender has lost the right to them.
struct StopForbiddenRuns: Sendable {
  let engine: EngineParts
  let tenant: TenantID

  func callAsFunction() async {
    let runs = engine.registry.leases.filter { $0.tenant == tenant }.map(\.run)
    guard !runs.isEmpty else { return }
    let now = engine.time.now
    do {
      let forbidden = try await engine.persistently {
        try await engine.store.tenant(tenant).read { transaction in
          let check = try StandingCheck(of: runs.count, in: transaction, at: now)
          return try runs.filter { run in
            guard let record = try transaction.runs.run(run) else { return false }
            return try check.agent(of: record) == nil
          }
        }
      }
      for run in forbidden { engine.registry.stop(run, .forbidden) }
    } catch {
      // Each of them finds out for itself before its next step.
      engine.logger.warning("run.standing_unknown", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
    }
  }
}
