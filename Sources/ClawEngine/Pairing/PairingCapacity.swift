import ClawCore
import Synchronization

/// Where as many devices as may wait for their pairing were found to do so, so that the next stranger is refused without
/// a look into the store. A decision or an expiry that this node hears of makes room at once; others are seen a moment
/// later.
final class PairingCapacity: Sendable {
  /// A tenant, or one address in it.
  private struct Place: Hashable {
    let tenant: TenantID
    let remote: String?
  }

  /// Places that are remembered; beyond it all are forgotten.
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

  /// - Parameter remote: Nil if the whole tenant is full.
  func noteFull(_ tenant: TenantID, from remote: String?) {
    fullUntil.withLock { places in
      if places.count >= Self.maxPlaces { places = [:] }
      places[Place(tenant: tenant, remote: remote)] = .now + lifetime
    }
  }

  /// Somebody no longer waits there.
  func noteChange(in tenant: TenantID) {
    fullUntil.withLock { places in places = places.filter { $0.key.tenant != tenant } }
  }
}
