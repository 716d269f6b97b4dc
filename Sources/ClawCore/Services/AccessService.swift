/// What a caller says about who they want to be; nothing in it was checked.
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

/// Who is let in, and whether they still are.
public protocol AccessService: Sendable {
  /// Lets in whoever holds the gateway token: an admin of the tenant and as the user they name.
  /// - Throws: `invalidRequest` for what can't be a user or tenant, `notFound` for a tenant that does not exist,
  ///   `forbidden` for a user or tenant that was switched off.
  func admitGatewayToken(_ claim: AccessClaim) async throws -> Principal

  /// Lets in whoever holds an API key.
  /// - Returns: nil if the key is none of ours, malformed, revoked or expired; which of them is nobody's business.
  /// - Throws: `forbidden` for a user or tenant that the key does not grant, `invalidRequest` for what can't be one.
  func admit(apiKey: String, _ claim: AccessClaim) async throws -> Principal?

  /// Lets in a paired device, as the user it is paired for.
  /// - Throws: `forbidden` for a user or tenant that was switched off.
  func admit(_ device: PairedDevice, of tenant: TenantID, origin: Origin) async throws -> Principal

  /// The same caller as another user, if their credential leaves that to them.
  /// - Throws: `forbidden`.
  func principal(_ caller: Principal, actingAs user: UserID) async throws -> Principal

  /// Makes sure that devices may be paired in a tenant.
  /// - Throws: `notFound`.
  func checkTenant(_ tenant: TenantID) async throws

  /// Those of the principals of one tenant whose credential is gone or grants something else by now.
  func ended(among principals: Set<Principal>, in tenant: TenantID) async throws -> Set<Principal>

  /// Told of the tenants in which a credential was taken away or changed, once that is durable. Must be short and must
  /// not block. There is one observer; a later one takes its place.
  func observe(_ observer: @escaping @Sendable (TenantID) -> Void)
}
