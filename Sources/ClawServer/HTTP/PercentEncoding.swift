import ClawCore
import ClawJSON

/// `%xx` in request targets (RFC 3986, section 2.1).
enum PercentEncoding {
  /// A decoded path segment or query part; nil if it is not UTF-8 or has invalid escapes.
  static func decoded(_ text: some StringProtocol, plusIsSpace: Bool = false) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%") {
        let digits = rest.prefix(2)
        guard digits.count == 2, digits.allSatisfy({ Character(UnicodeScalar($0)).isHexDigit }),
          let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
        else { return nil }
        bytes.append(value)
        rest = rest.dropFirst(2)
      } else {
        bytes.append(byte == UInt8(ascii: "+") && plusIsSpace ? UInt8(ascii: " ") : byte)
      }
    }
    return String(validating: bytes, as: UTF8.self)
  }

  /// - Throws: `invalidRequest` for a path that is not UTF-8 after percent-decoding. Unescaped invalid bytes are U+FFFD
  ///   by now (swift-nio 2.101).
  static func check(_ path: String) throws(ClawError) {
    guard !path.unicodeScalars.contains("\u{FFFD}"), decoded(path) != nil else {
      throw ClawError(.invalidRequest, "the path must be UTF-8, with % only before two hexadecimal digits")
    }
  }

  /// The parameters of a query; of a repeated name the first wins.
  /// - Throws: `invalidRequest` for one that is not UTF-8: ignoring it would change the meaning of the request.
  static func query(of target: String) throws(ClawError) -> UTF8Dictionary<String> {
    let bytes = target.utf8
    guard let mark = bytes.firstIndex(of: UInt8(ascii: "?")) else { return [:] }
    var pairs: UTF8Dictionary<String> = [:]
    let query = bytes[bytes.index(after: mark)...].prefix { $0 != UInt8(ascii: "#") }
    for pair in query.split(separator: UInt8(ascii: "&")) {
      let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(Substring(parts[0]), plusIsSpace: true),
        let value = decoded(parts.count > 1 ? Substring(parts[1]) : "", plusIsSpace: true),
        !Substring(pair).unicodeScalars.contains("\u{FFFD}")
      else {
        throw ClawError(.invalidRequest, "the query must be UTF-8, with % only before two hexadecimal digits")
      }
      if pairs[name] == nil { pairs[name] = value }
    }
    return pairs
  }
}
