import HTTPTypes
import HummingbirdCore

/// Cross-origin responses (CORS), only for the origins that the operator allows. See
/// <https://fetch.spec.whatwg.org/#http-cors-protocol>.
struct CrossOrigin: Sendable {
  let policy: OriginPolicy

  /// Headers to add to a response. If any origin is allowed, every response varies by origin, including those to
  /// requests without one: a cache must not serve it to a page.
  func headers(for origin: String?) -> HTTPFields {
    guard policy.listsOrigins else { return [:] }
    guard let origin, policy.allowsCrossOrigin(origin) else { return [.vary: "Origin"] }
    return [
      .accessControlAllowOrigin: origin,
      .accessControlExposeHeaders: "X-Request-Id, X-SwiftClaw-Run-Id, Retry-After, X-Should-Retry, ETag",
      .vary: "Origin",
    ]
  }

  /// The response to a preflight; nil if the request is not a preflight, or comes from an origin that is not allowed.
  func preflight(_ request: HTTPRequest, methods: [HTTPRequest.Method]) -> Response? {
    guard request.method == .options, request.headerFields[.accessControlRequestMethod] != nil,
      let origin = request.headerFields[.origin], policy.allowsCrossOrigin(origin), !methods.isEmpty
    else { return nil }
    var headers = headers(for: origin)
    headers[.accessControlAllowMethods] = methods.map(\.rawValue).joined(separator: ", ")
    let asked = Self.names(in: request.headerFields[values: .accessControlRequestHeaders])
    if !asked.isEmpty { headers[.accessControlAllowHeaders] = asked.joined(separator: ", ") }
    headers[.accessControlMaxAge] = "600"
    return Response(status: .noContent, headers: headers)
  }

  /// The header names that a page asks to send. An allowed page may send any header, as any program may: the vendors'
  /// browser clients send headers of their own, and more with each version.
  private static func names(in values: [String]) -> [Substring] {
    let separators = Array(", \t".utf8)
    return values.flatMap { $0.utf8.split(whereSeparator: separators.contains) }
      .filter { $0.allSatisfy(RequestLine.isTokenByte) }.map { Substring($0) }
  }
}
