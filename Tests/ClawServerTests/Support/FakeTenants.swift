import ClawCore

/// Has no tenants, users or secrets.
struct FakeTenants: TenantService, UserService, SecretService {
  private static let nothing = ClawError(.notFound, "not found")

  func tenants(limit: Int, cursor: String?) async throws -> Page<Tenant> { Page(items: [], nextCursor: nil) }
  func tenant(_ id: TenantID) async throws -> Tenant { throw Self.nothing }
  func createTenant(_ id: TenantID, name: String) async throws -> Tenant { throw Self.nothing }
  func updateTenant(
    _ id: TenantID, name: String?, status: Tenant.Status?, ifRevision revision: Int64?
  ) async throws -> Tenant { throw Self.nothing }
  func eraseTenant(_ id: TenantID) async throws { throw Self.nothing }
  func exportTenant(_ id: TenantID, to sink: ExportSink) async throws { throw Self.nothing }

  func users(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<UserEntry> {
    Page(items: [], nextCursor: nil)
  }
  func user(_ id: UserID, as principal: Principal) async throws -> UserEntry { throw Self.nothing }
  func createUser(_ id: UserID, _ change: UserChange, as principal: Principal) async throws -> UserEntry {
    throw Self.nothing
  }
  func updateUser(
    _ id: UserID, _ change: UserChange, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> UserEntry { throw Self.nothing }
  func eraseUser(_ id: UserID, as principal: Principal) async throws { throw Self.nothing }
  func secrets(as principal: Principal) async throws -> [SecretEntry] { [] }
  func setSecret(_ name: String, to value: String, as principal: Principal) async throws { throw Self.nothing }
  func removeSecret(_ name: String, as principal: Principal) async throws { throw Self.nothing }
  func rotateSecrets() async throws -> Int { throw Self.nothing }
  func exportUser(_ id: UserID, as principal: Principal, to sink: ExportSink) async throws { throw Self.nothing }
}
