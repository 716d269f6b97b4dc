import ClawCore

/// What was found as leases were renewed.
public struct RenewedLeases: Sendable {
  /// Runs whose leases are another node's by now, or that are over.
  public let lost: Set<RunID>
  /// Runs that somebody has asked to abort.
  public let toAbort: Set<RunID>
}

extension TenantDatabase {
  /// Renews leases in one transaction.
  /// - Throws: ``ClawError`` `unavailable` if the store can't take it; nothing is renewed then.
  public func renew(_ leases: [Lease], until: Timestamp) async throws -> RenewedLeases {
    try await write { transaction in
      let lost = LostLeases()
      for lease in leases { try transaction.queue.renew(lease, until: until) { lost.runs.insert(lease.run) } }
      // Waits for an answer, and so for those to the renewals before it.
      let toAbort = try transaction.runs.toAbort(of: leases.map(\.run))
      return RenewedLeases(lost: lost.runs, toAbort: toAbort)
    }
  }
}

/// Gathers while the answers to several renewals come in.
private final class LostLeases {
  var runs: Set<RunID> = []
}
