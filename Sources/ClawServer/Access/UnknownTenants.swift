import ClawCore
import Synchronization

/// A negative cache of tenants that unauthenticated clients asked for, to avoid a store query for each attempt.
final class UnknownTenants: Sendable {
  /// Capacity; beyond it the cache is cleared.
  private static let maxNames = 1024

  private let lifetime: Duration
  private let until = Mutex<[TenantID: ContinuousClock.Instant]>([:])

  /// - Parameter lifetime: How long a tenant created meanwhile may remain unseen.
  init(lifetime: Duration) {
    self.lifetime = lifetime
  }

  func contains(_ tenant: TenantID) -> Bool {
    until.withLock { $0[tenant].map { $0 > .now } ?? false }
  }

  func insert(_ tenant: TenantID) {
    until.withLock { until in
      if until.count >= Self.maxNames { until = [:] }
      until[tenant] = .now + lifetime
    }
  }
}
