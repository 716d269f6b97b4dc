import ClawCore
import ClawStore

/// Shows that the runs of this node are alive while their models or tools say nothing, and notices what other nodes
/// say of them: one task for all runs.
struct LeaseRenewal: Sendable {
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
      let renewed = try await engine.store.tenant(tenant).renew(leases, until: until)
      for run in renewed.lost { engine.registry.stop(run, .leaseLost) }
      for run in renewed.toAbort.subtracting(renewed.lost) { engine.registry.stop(run, .abort) }
    } catch {
      // Tried again at the next round; until then each step of a run finds out for itself.
      engine.logger.warning("lease.renew_failed", metadata: ["error": "\(error)"])
    }
  }
}
