import ClawCore
import ClawStore

/// Shows that the runs of this node are alive while their models or tools say nothing, and notices what other nodes
/// say of them: one task for all runs.
struct LeaseKeeper: Sendable {
  let engine: EngineParts

  /// Runs until cancelled.
  func run() async {
    while !Task.isCancelled {
      guard (try? await Task.sleep(for: engine.configuration.leaseDuration / 3)) != nil else { return }
      let byTenant = Dictionary(grouping: engine.registry.leases, by: \.tenant)
      await withDiscardingTaskGroup { group in
        for (tenant, leases) in byTenant { group.addTask { await renew(leases, of: tenant) } }
      }
    }
  }

  private func renew(_ leases: [Lease], of tenant: TenantID) async {
    let (engine, until) = (engine, engine.time.now + engine.configuration.leaseDuration)
    do {
      let stops = try await engine.store.tenant(tenant).write { transaction in
        try leases.compactMap { lease -> (RunID, RunControl.Stop)? in
          guard try transaction.queue.renew(lease, until: until) else { return (lease.run, .leaseLost) }
          return try transaction.runs.isAbortRequested(lease.run) ? (lease.run, .abort) : nil
        }
      }
      for (run, reason) in stops { engine.registry.stop(run, reason) }
    } catch {
      // Tried again at the next round; until then each step of a run finds out for itself.
      engine.logger.warning("lease.renew_failed", metadata: ["error": "\(error)"])
    }
  }
}
