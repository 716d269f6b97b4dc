import ClawCore

/// The result of a renewal of leases.
public struct RenewedLeases: Sendable {
  /// Runs whose lease belongs to another node, or that have ended.
  public let lost: Set<RunID>
  /// Runs whose abort was requested.
  public let toAbort: Set<RunID>
}

extension TenantDatabase {
  /// Renews leases in one transaction.
  /// - Throws: ``ClawError`` `unavailable` if the store can't accept it; nothing is renewed then.
  public func renew(_ leases: [Lease], until: Timestamp) async throws -> RenewedLeases {
    try await write { transaction in
      let lost = LostLeases()
      for lease in leases { try transaction.queue.renew(lease, until: until) { lost.runs.insert(lease.run) } }
      // Waits for a result, and so for the results of the renewals before it.
      let toAbort = try transaction.runs.toAbort(of: leases.map(\.run))
      return RenewedLeases(lost: lost.runs, toAbort: toAbort)
    }
  }
}

/// Collects lost leases as results of the renewals arrive.
private final class LostLeases {
  var runs: Set<RunID> = []
}
