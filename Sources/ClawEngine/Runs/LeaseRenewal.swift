import ClawCore
import ClawStore
import Logging

/// Renews the leases of this node's runs, also while their models and tools are silent, and detects aborts and lost
/// leases: one task for all runs.
struct LeaseRenewal: Sendable {
  let store: Store
  let registry: RunRegistry
  let leaseDuration: Duration
  let time: TimeSource
  let logger: Logger

  /// Runs until cancelled.
  func run() async {
    while !Task.isCancelled {
      guard (try? await Task.sleep(for: leaseDuration / 3)) != nil else { return }
      let byTenant = Dictionary(grouping: registry.leases, by: \.tenant)
      await withDiscardingTaskGroup { group in
        for (tenant, leases) in byTenant { group.addTask { await renew(leases, of: tenant) } }
      }
    }
  }

  private func renew(_ leases: [Lease], of tenant: TenantID) async {
    let until = time.now + leaseDuration
    do {
      let renewed = try await store.tenant(tenant).renew(leases, until: until)
      for run in renewed.lost { registry.stop(run, .leaseLost) }
      for run in renewed.toAbort.subtracting(renewed.lost) { registry.stop(run, .abort) }
    } catch {
      // Retried at the next round; until then each step of a run checks its lease itself.
      logger.warning("lease.renew_failed", metadata: ["error": "\(error)"])
    }
  }
}
