import ClawCore
import ClawProtocol

/// Turns what a caller presents into who they are.
struct Authenticator: Sendable {
  let token: GatewayToken

  /// What became of a credential.
  enum Decision: Sendable {
    case accepted(Principal)
    /// None was sent.
    case missing
    /// One was sent and is not ours.
    case wrong
  }

  /// The gateway token makes an admin of any tenant, who acts as the user they name.
  func decide(credential: String?, user: String?, tenant: String?, origin: Origin) throws(ClawError) -> Decision {
    guard let credential, !credential.isEmpty else { return .missing }
    guard token.matches(credential) else { return .wrong }
    let acting: UserID
    if let user { acting = try UserID(validating: user) } else { acting = .owner }
    return .accepted(Principal(tenant: try Self.tenant(tenant), user: acting, role: .admin, origin: origin))
  }

  /// - Throws: `invalidRequest` for what can't be a tenant's name, `notFound` for what is none's.
  static func tenant(_ name: String?) throws(ClawError) -> TenantID {
    guard let name else { return .standard }
    let isWellFormed =
      (1...64).contains(name.utf8.count)
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "_"), UInt8(ascii: "-"): true
        default: false
        }
      }
    guard isWellFormed else {
      throw ClawError(.invalidRequest, "tenant must be 1 to 64 characters of a-z, 0-9, '-' and '_'")
    }
    guard name == TenantID.standard.rawValue else { throw ClawError(.notFound, "tenant not found") }
    return .standard
  }
}
