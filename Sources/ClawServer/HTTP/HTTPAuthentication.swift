import ClawCore
import HTTPTypes

/// Who sends an HTTP request.
struct HTTPAuthentication: Sendable {
  let authenticator: Authenticator

  /// - Throws: 401 without a good credential, 400 for a user or tenant that can't be one.
  func principal(of headers: HTTPFields) throws -> Principal {
    let decision = try authenticator.decide(
      credential: try Self.credential(in: headers), user: headers[first: HTTPField.Name.actingUser],
      tenant: headers[first: HTTPField.Name.tenant], origin: .http)
    switch decision {
    case .accepted(let principal): return principal
    case .missing:
      throw ClawError(.unauthorized, "a credential is needed: Authorization: Bearer <gateway token>")
    case .wrong: throw ClawError(.unauthorized, "the credential is wrong")
    }
  }

  /// `Authorization: Bearer …` with the scheme in any case (RFC 9110, section 11.1), else `x-api-key`.
  private static func credential(in headers: HTTPFields) throws(ClawError) -> String? {
    guard let authorization = headers[.authorization] else { return headers[.apiKey] }
    let scheme = authorization.prefix { $0 != " " }
    guard scheme.lowercased() == "bearer" else {
      throw ClawError(.unauthorized, "Authorization must be: Bearer <gateway token>")
    }
    return String(authorization.dropFirst(scheme.count).drop { $0 == " " })
  }
}
