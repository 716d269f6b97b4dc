import ClawCore

/// Authenticates callers.
struct Authenticator: Sendable {
  let token: GatewayToken
  let access: any AccessService

  /// The outcome of checking a credential.
  enum Decision: Sendable {
    case accepted(Principal)
    /// None was sent.
    case missing
    /// The credential is unknown or no longer valid.
    case wrong
  }

  /// - Throws: `forbidden` for a user or tenant that the credential does not grant, `notFound` for a tenant that does
  ///   not exist, `invalidRequest` for an invalid name.
  func decide(credential: String?, _ claim: AccessClaim) async throws -> Decision {
    guard let credential, !credential.isEmpty else { return .missing }
    if token.matches(credential) { return .accepted(try await access.admitGatewayToken(claim)) }
    guard let principal = try await access.admit(apiKey: credential, claim) else { return .wrong }
    return .accepted(principal)
  }
}
