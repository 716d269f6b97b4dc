import ClawCore
import ClawJSON
import HTTPTypes

/// Authenticates HTTP requests.
struct HTTPAuthentication: Sendable {
  let authenticator: Authenticator
  let throttle: CredentialThrottle

  /// - Parameter remote: The client's address, as ``TrustedProxies`` determines it.
  /// - Throws: 401 without a valid credential, 403 for a user or tenant that it does not grant, 400 for an invalid
  ///   name, 404 for a tenant that does not exist.
  func principal(of headers: HTTPFields, from remote: String) async throws -> Principal {
    guard let credential = Self.credential(in: headers) else {
      throw await throttle.refusal("Authorization must be: Bearer <gateway token or API key>", from: remote)
    }
    let claim = AccessClaim(
      user: headers[first: HTTPField.Name.actingUser], tenant: headers[first: HTTPField.Name.tenant], origin: .http)
    let decision = try await authenticator.decide(credential: credential.value, claim)
    switch decision {
    case .accepted(let principal): return principal
    case .missing:
      throw ClawError(.unauthorized, "a credential is needed: Authorization: Bearer <gateway token or API key>")
    case .wrong: throw await throttle.refusal("the credential is wrong", from: remote)
    }
  }

  /// `Authorization: Bearer …` with a case-insensitive scheme (RFC 9110, section 11.1), else `x-api-key`; the value is
  /// nil if there is neither. Nil for another scheme.
  private static func credential(in headers: HTTPFields) -> (value: String?, Void)? {
    guard let authorization = headers[.authorization] else { return (headers[.apiKey], ()) }
    let scheme = authorization.upTo(" ")
    guard scheme.lowercased() == "bearer" else { return nil }
    return (String(Substring(authorization[scheme.endIndex...].utf8.drop { $0 == UInt8(ascii: " ") })), ())
  }
}
