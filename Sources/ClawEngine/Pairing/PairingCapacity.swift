import ClawCore
import Synchronization

/// Caches where the limit of pending pairing requests is reached, so that further requests are rejected without a read
/// of the store. A decision or an expiry that this node learns of clears the entry at once; others take effect a moment
/// later.
final class PairingCapacity: Sendable {
  /// A tenant, or one network address in it.
  private struct Place: Hashable {
    let tenant: TenantID
    let remote: String?
  }

  /// Limit of entries; beyond it all are dropped.
  private static let maxPlaces = 4096

  private let lifetime: Duration
  private let fullUntil = Mutex<[Place: ContinuousClock.Instant]>([:])

  init(lifetime: Duration = .seconds(1)) {
    self.lifetime = lifetime
  }

  func isKnownFull(_ tenant: TenantID, from remote: String) -> Bool {
    fullUntil.withLock { places in
      let now = ContinuousClock.now
      return [Place(tenant: tenant, remote: nil), Place(tenant: tenant, remote: remote)]
        .contains { places[$0].map { $0 > now } ?? false }
    }
  }

  /// - Parameter remote: Nil if the limit of the whole tenant is reached.
  func noteFull(_ tenant: TenantID, from remote: String?) {
    fullUntil.withLock { places in
      if places.count >= Self.maxPlaces { places = [:] }
      places[Place(tenant: tenant, remote: remote)] = .now + lifetime
    }
  }

  /// A request of the tenant is no longer pending.
  func noteChange(in tenant: TenantID) {
    fullUntil.withLock { places in places = places.filter { $0.key.tenant != tenant } }
  }
}
