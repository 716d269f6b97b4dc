import HTTPTypes
import HummingbirdCore

/// Cross-origin answers, for the pages that the operator has listed and for no others.
/// See <https://fetch.spec.whatwg.org/#http-cors-protocol>.
struct CrossOrigin: Sendable {
  let policy: OriginPolicy

  /// What to add to a response; nothing for the gateway's own pages and for foreign ones.
  func headers(for origin: String?) -> HTTPFields {
    guard let origin, policy.allowsCrossOrigin(origin) else { return [:] }
    return [
      .accessControlAllowOrigin: origin,
      .accessControlExposeHeaders: "X-Request-Id, X-SwiftClaw-Run-Id, Retry-After, ETag",
      .vary: "Origin",
    ]
  }

  /// The answer to a preflight; nil if the request is none, or comes from a page that isn't listed.
  func preflight(_ request: HTTPRequest, methods: [HTTPRequest.Method]) -> Response? {
    guard request.method == .options, request.headerFields[.accessControlRequestMethod] != nil,
      let origin = request.headerFields[.origin], policy.allowsCrossOrigin(origin), !methods.isEmpty
    else { return nil }
    var headers = headers(for: origin)
    headers[.accessControlAllowMethods] = methods.map(\.rawValue).joined(separator: ", ")
    headers[.accessControlAllowHeaders] =
      "Authorization, Content-Type, Idempotency-Key, If-Match, X-Api-Key, X-Request-Id, X-SwiftClaw-User-Id, "
      + "X-SwiftClaw-Agent-Id, X-SwiftClaw-Session, X-SwiftClaw-Tenant, X-GoClaw-User-Id, X-GoClaw-Agent-Id"
    headers[.accessControlMaxAge] = "600"
    return Response(status: .noContent, headers: headers)
  }
}
