import ClawCore
import ClawStore

/// Pairings that other nodes of a shared store change.
extension StorePairingService {
  /// Tells of a change that another node has made, if it is news.
  func take(_ hint: PairingHint, of tenant: TenantID) async {
    let now = time.now
    do {
      let change = try await store.tenant(tenant).read { transaction -> PairingNotice.Change? in
        switch hint.kind {
        case .requested:
          try transaction.pairingRequests.request(of: hint.device, at: now).map { .requested($0.request) }
        case .approved: try transaction.pairedDevices.device(hint.device, at: now).map { .approved($0.device) }
        // Believed only where the store says so, too.
        case .rejected, .expired, .revoked:
          try transaction.pairingRequests.request(of: hint.device, at: now) == nil
            && transaction.pairedDevices.device(hint.device, at: now) == nil ? hint.kind.ending : nil
        }
      }
      guard let change else { return }
      tell(
        PairingNotice(
          tenant: tenant, device: hint.device, channel: hint.channel, requestedBy: hint.requestedBy, change: change))
    } catch {
      // The next look finds what is left to be told.
      logger.warning("pairing.hint_failed", metadata: ["error": "\(error)"])
    }
  }

  /// Looks for changes that no hint told of, in these tenants and in those of which something waits.
  func look(in tenants: Set<TenantID>) async {
    for tenant in tenants.union(news.tenants) {
      do {
        try await look(in: tenant)
      } catch {
        logger.warning("pairing.look_failed", metadata: ["error": "\(error)"])
      }
    }
  }

  private func look(in tenant: TenantID) async throws {
    let (now, limit) = (time.now, configuration.maxPending)
    let database = store.tenant(tenant)
    let changes = news.changes(of: tenant)
    let pending = try await database.read { try $0.pairingRequests.pending(at: now, limit: limit).map(\.request) }
    // What happens here meanwhile is told of as it happens; the rest waits for the next look.
    guard let (new, gone) = news.differences(of: tenant, pending: pending, after: changes, start: start) else { return }
    for request in new { tell(Self.notice(of: request, .requested(request), in: tenant)) }
    guard !gone.isEmpty else { return }
    let paired = try await database.read { transaction in
      try gone.map { try transaction.pairedDevices.device($0.device, at: now)?.device }
    }
    for (request, device) in zip(gone, paired) {
      let ending: PairingNotice.Change = request.expiresAt <= now ? .expired : .rejected
      tell(Self.notice(of: request, device.map { .approved($0) } ?? ending, in: tenant))
    }
  }

  static func notice(
    of request: PairingRequest, _ change: PairingNotice.Change, in tenant: TenantID
  ) -> PairingNotice {
    PairingNotice(
      tenant: tenant, device: request.device, channel: request.channel, requestedBy: request.requestedBy,
      change: change)
  }
}
