import HTTPTypes
import NIOHTTP1

/// Why no route can handle a request. ``HTTP1RulesHandler`` detects it and passes it on in an internal header field;
/// the responder answers it, so that the response has the format of the route and a request ID like every other.
enum RequestFault: String, Sendable, CaseIterable {
  /// Not exactly one `Host`, or an invalid one (RFC 9112, section 3.2).
  case host
  /// A body of unknown length (RFC 9112, section 6.1).
  case framing
  /// A transfer coding other than `chunked`.
  case transferCoding
  case headersTooLarge
  case targetTooLong
  case version
  case malformed

  /// The internal header field that carries it. It is removed from clients' requests.
  static let field = "swiftclaw-request-fault"
  private static let fieldName = HTTPField.Name(field)

  /// The fault of a request.
  init?(in headers: HTTPFields) {
    guard let name = Self.fieldName, let value = headers[name] else { return nil }
    self.init(rawValue: value)
  }

  /// Checks a head that the parser accepted.
  static func found(in head: HTTPRequestHead) -> RequestFault? {
    guard head.version.major == 1 else { return .version }
    let hosts = head.headers["host"]
    let isMissing = hosts.isEmpty && head.version.minor > 0
    if hosts.count > 1 || isMissing || !hosts.allSatisfy(isHost) { return .host }
    let codings = head.headers[canonicalForm: "transfer-encoding"].map { $0.lowercased() }
    guard let last = codings.last else { return nil }
    if last != "chunked" || head.version.minor == 0 || head.headers.contains(name: "content-length") { return .framing }
    return codings.count > 1 ? .transferCoding : nil
  }

  /// Why the parser failed before the head was complete.
  init(_ error: HTTPParserError, hasRequestLine: Bool) {
    switch error {
    case .headerOverflow: self = hasRequestLine ? .headersTooLarge : .targetTooLong
    case .invalidVersion: self = .version
    case .invalidContentLength, .unexpectedContentLength: self = .framing
    default: self = .malformed
    }
  }

  private static let delimiters = Array("\"#,/<>?@\\^`{|}".utf8)

  /// A host and a port (RFC 3986, section 3.2), checked byte by byte: no white space, list, path or user.
  private static func isHost(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      switch byte {
      case 0x21...0x7E: !Self.delimiters.contains(byte)
      default: false
      }
    }
  }
}
