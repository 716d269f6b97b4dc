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
      let (lost, aborted) = try await engine.store.tenant(tenant).write { transaction in
        let lost = LostLeases()
        for lease in leases { try transaction.queue.renew(lease, until: until) { lost.runs.insert(lease.run) } }
        let aborted = try transaction.runs.toAbort(of: leases.map(\.run))
        return (lost.runs, aborted)
      }
      for run in lost { engine.registry.stop(run, .leaseLost) }
      for run in aborted.subtracting(lost) { engine.registry.stop(run, .abort) }
    } catch {
      // Tried again at the next round; until then each step of a run finds out for itself.
      engine.logger.warning("lease.renew_failed", metadata: ["error": "\(error)"])
    }
  }
}

/// Gathers while the answers to several renewals come in.
private final class LostLeases {
  var runs: Set<RunID> = []
}
