import ClawCore

/// Knows the gateway token and one tenant; no API key is valid.
struct FakeAccess: AccessService, APIKeyService {
  func admitGatewayToken(_ claim: AccessClaim) async throws -> Principal {
    let tenant = try claim.tenant.map { name throws(ClawError) in try TenantID(validating: name) } ?? .standard
    try await checkTenant(tenant)
    let user = try claim.user.map { name throws(ClawError) in try UserID(validating: name) } ?? .owner
    return Principal(tenant: tenant, user: user, role: .admin, origin: claim.origin, credential: .gatewayToken)
  }

  func admit(apiKey: String, _ claim: AccessClaim) async throws -> Principal? { nil }

  func admit(_ device: PairedDevice, of tenant: TenantID, origin: Origin) async throws -> Principal {
    Principal(
      tenant: tenant, user: device.user, role: device.role, origin: origin, credential: .device(device.device))
  }

  func principal(_ caller: Principal, actingAs user: UserID) async throws -> Principal {
    Principal(
      tenant: caller.tenant, user: user, role: caller.role, origin: caller.origin, credential: caller.credential)
  }

  func checkTenant(_ tenant: TenantID) async throws {
    guard tenant == .standard else { throw ClawError(.notFound, "tenant not found") }
  }

  func ended(among principals: Set<Principal>, in tenant: TenantID) async throws -> Set<Principal> { [] }

  func observe(_ observer: @escaping @Sendable (TenantID) -> Void) {}

  func apiKeys(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<APIKey> {
    Page(items: [], nextCursor: nil)
  }

  func apiKey(_ id: APIKeyID, as principal: Principal) async throws -> APIKey { throw Self.noKey }

  func createAPIKey(_ draft: APIKeyDraft, as principal: Principal) async throws -> IssuedAPIKey { throw Self.noKey }

  func renameAPIKey(
    _ id: APIKeyID, to name: String, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> APIKey { throw Self.noKey }

  func revokeAPIKey(_ id: APIKeyID, as principal: Principal) async throws { throw Self.noKey }

  private static let noKey = ClawError(.notFound, "no such API key")
}
