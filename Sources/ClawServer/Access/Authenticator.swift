import ClawCore

/// Turns what a caller presents into who they are.
struct Authenticator: Sendable {
  let token: GatewayToken
  let access: any AccessService

  /// What became of a credential.
  enum Decision: Sendable {
    case accepted(Principal)
    /// None was sent.
    case missing
    /// One was sent and is not ours, or no longer.
    case wrong
  }

  /// - Throws: `forbidden` for a user or tenant that the credential does not grant, `notFound` for a tenant that does not
  ///   exist, `invalidRequest` for what can't be one.
  func decide(credential: String?, _ claim: AccessClaim) async throws -> Decision {
    guard let credential, !credential.isEmpty else { return .missing }
    if token.matches(credential) { return .accepted(try await access.admitGatewayToken(claim)) }
    guard let principal = try await access.admit(apiKey: credential, claim) else { return .wrong }
    return .accepted(principal)
  }
}
