import ClawCore
import Synchronization

/// Tenants that strangers asked for a moment ago and that are not there, so that asking again costs no look into the
/// store.
final class UnknownTenants: Sendable {
  /// Names that are remembered; beyond it all are forgotten.
  private static let maxNames = 1024

  private let lifetime: Duration
  private let until = Mutex<[TenantID: ContinuousClock.Instant]>([:])

  /// - Parameter lifetime: How late a tenant that is made meanwhile may be seen.
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
