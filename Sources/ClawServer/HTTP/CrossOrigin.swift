import HTTPTypes
import HummingbirdCore

/// Cross-origin answers, for the pages that the operator has listed and for no others.
/// See <https://fetch.spec.whatwg.org/#http-cors-protocol>.
struct CrossOrigin: Sendable {
  let policy: OriginPolicy

  /// What to add to a response. Where any origin is listed every response varies by the origin, also one to a request
  /// without any: a cache must not show it to a page.
  func headers(for origin: String?) -> HTTPFields {
    guard policy.listsOrigins else { return [:] }
    guard let origin, policy.allowsCrossOrigin(origin) else { return [.vary: "Origin"] }
    return [
      .accessControlAllowOrigin: origin,
      .accessControlExposeHeaders: "X-Request-Id, X-SwiftClaw-Run-Id, Retry-After, X-Should-Retry, ETag",
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
    let asked = Self.names(in: request.headerFields[values: .accessControlRequestHeaders])
    if !asked.isEmpty { headers[.accessControlAllowHeaders] = asked.joined(separator: ", ") }
    headers[.accessControlMaxAge] = "600"
    return Response(status: .noContent, headers: headers)
  }

  /// The names of header fields that a page asks to send. A listed page may send whatever it likes, as any program
  /// may: the vendors' clients for browsers send headers of their own, and more of them with each version.
  private static func names(in values: [String]) -> [Substring] {
    let separators = Array(", \t".utf8)
    return values.flatMap { $0.utf8.split(whereSeparator: separators.contains) }
      .filter { $0.allSatisfy(RequestLine.isTokenByte) }.map { Substring($0) }
  }
}
