import ClawCore

/// Knows no device; every request is pending.
struct FakePairing: PairingService {
  static let code = "ABCD2345"

  func begin(_ application: PairingApplication) async throws -> IssuedPairing {
    IssuedPairing(request: request(application.device, application.user), sender: "scd_of_\(application.device)")
  }

  private func request(_ device: DeviceID, _ user: UserID?) -> PairingRequest {
    let now = Timestamp(milliseconds: 1_750_000_000_123)
    return PairingRequest(
      device: device, code: Self.code, channel: "browser", chat: "", account: "default", user: user,
      remote: "127.0.0.1", requestedBy: nil, createdAt: now, expiresAt: now + .seconds(3600))
  }

  func standing(of sender: String) async throws -> SenderStatus { .unknown }

  func request(
    _ sender: ChannelSender, from remote: String, as principal: Principal
  ) async throws -> PairingRequest {
    request(DeviceID(unchecked: "d"), nil)
  }

  func approve(_ code: String, user: UserID?, role: Role, as principal: Principal) async throws -> PairedDevice {
    throw ClawError(.notFound, "no such code")
  }

  func list(as principal: Principal) async throws -> PairingList { PairingList(pending: [], paired: []) }

  func revoke(_ target: PairingTarget, as principal: Principal) async throws {
    throw ClawError(.notFound, "no such device")
  }

  func observe(_ observer: @escaping @Sendable (PairingNotice) -> Void) {}
}
