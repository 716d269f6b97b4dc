import ClawCore
import ClawStore

/// Pairing changes made by other nodes of a shared store.
extension StorePairingService {
  /// Announces a change that another node has made, if it is new.
  func take(_ hint: PairingHint, of tenant: TenantID) async {
    let now = time.now
    do {
      let change = try await store.tenant(tenant).read { transaction -> PairingNotice.Change? in
        switch hint.kind {
        case .requested:
          try transaction.pairingRequests.request(of: hint.device, at: now).map { .requested($0.request) }
        case .approved: try transaction.pairedDevices.device(hint.device, at: now).map { .approved($0.device) }
        // Trusted only if the store confirms it.
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
      // The next poll announces the rest.
      logger.warning("pairing.hint_failed", metadata: ["error": "\(error)"])
    }
  }

  /// Polls for changes that no notification announced, in these tenants and in those with pending requests.
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
    // Changes made here meanwhile are announced as they happen; the rest follows at the next poll.
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
