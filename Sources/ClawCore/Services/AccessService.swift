/// The identity that a caller claims; unverified.
public struct AccessClaim: Sendable {
  public let user: String?
  public let tenant: String?
  public let origin: Origin

  public init(user: String?, tenant: String?, origin: Origin) {
    self.user = user
    self.tenant = tenant
    self.origin = origin
  }
}

/// Authentication, and later checks of it.
public protocol AccessService: Sendable {
  /// Authenticates a holder of the gateway token: an admin of the tenant and as the user they name.
  /// - Throws: `invalidRequest` for an invalid user or tenant name, `notFound` for an unknown tenant, `forbidden` for a
  ///   disabled user or suspended tenant.
  func admitGatewayToken(_ claim: AccessClaim) async throws -> Principal

  /// Authenticates a holder of an API key.
  /// - Returns: nil if the key is unknown, malformed, revoked or expired; which of these is not disclosed.
  /// - Throws: `forbidden` for a user or tenant that the key does not grant, `invalidRequest` for an invalid name.
  func admit(apiKey: String, _ claim: AccessClaim) async throws -> Principal?

  /// Authenticates a paired device, as the user it is paired for.
  /// - Throws: `forbidden` for a disabled user or suspended tenant.
  func admit(_ device: PairedDevice, of tenant: TenantID, origin: Origin) async throws -> Principal

  /// The caller acting as another user, if their credential allows it.
  /// - Throws: `forbidden`.
  func principal(_ caller: Principal, actingAs user: UserID) async throws -> Principal

  /// Checks that devices may be paired in a tenant.
  /// - Throws: `notFound`.
  func checkTenant(_ tenant: TenantID) async throws

  /// The principals of one tenant whose credential was revoked or now grants something else.
  func ended(among principals: Set<Principal>, in tenant: TenantID) async throws -> Set<Principal>

  /// Sets the observer, which is called with the tenant after the commit when a credential was revoked or changed. It
  /// must be short and must not block. There is one observer; a later one replaces it.
  func observe(_ observer: @escaping @Sendable (TenantID) -> Void)
}
