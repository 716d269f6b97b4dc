import HTTPTypes
import NIOHTTP1

/// What makes a request unfit for any route. ``HTTP1RulesHandler`` finds it and leaves it in a header field of its own;
/// the responder answers it, so that the answer has the shape of the route and a request id like every other.
enum RequestFault: String, Sendable, CaseIterable {
  /// Not exactly one `Host`, or one that is no host (RFC 9112, section 3.2).
  case host
  /// A body whose length can't be known (RFC 9112, section 6.1).
  case framing
  /// A transfer coding other than `chunked`.
  case transferCoding
  case headersTooLarge
  case targetTooLong
  case version
  case malformed

  /// The field that carries it inside the process. It is removed from what clients send.
  static let field = "swiftclaw-request-fault"
  private static let fieldName = HTTPField.Name(field)

  /// The fault that was found in a request.
  init?(in headers: HTTPFields) {
    guard let name = Self.fieldName, let value = headers[name] else { return nil }
    self.init(rawValue: value)
  }

  /// Looks for a fault in a head that the parser took.
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

  /// Why the parser gave up before it had a head.
  init(_ error: HTTPParserError, hasRequestLine: Bool) {
    switch error {
    case .headerOverflow: self = hasRequestLine ? .headersTooLarge : .targetTooLong
    case .invalidVersion: self = .version
    case .invalidContentLength, .unexpectedContentLength: self = .framing
    default: self = .malformed
    }
  }

  private static let delimiters = Array("\"#,/<>?@\\^`{|}".utf8)

  /// A host and a port (RFC 3986, section 3.2), looked at byte by byte: no white space, list, path or user in it.
  private static func isHost(_ text: String) -> Bool {
    text.utf8.allSatisfy { byte in
      switch byte {
      case 0x21...0x7E: !Self.delimiters.contains(byte)
      default: false
      }
    }
  }
}
