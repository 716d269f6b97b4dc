import ClawCore
import ClawStore
import Logging

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
          let check = try PrincipalCheck(of: runs.count, in: transaction, at: now)
          return try runs.filter { run in
            guard let record = try transaction.runs.run(run) else { return false }
            return try check.agent(of: record) == nil
          }
        }
      }
      for run in forbidden { engine.registry.stop(run, .forbidden) }
    } catch {
      // Each run checks this itself before its next step.
      engine.logger.warning("run.standing_unknown", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
    }
  }
}
