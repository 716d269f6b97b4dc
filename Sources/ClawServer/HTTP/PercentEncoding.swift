/// `%xx` in request targets (RFC 3986, section 2.1).
enum PercentEncoding {
  /// What a part of a path or query means; nil if it is no UTF-8 or badly written.
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

  /// The pairs of a query; of a name that comes twice the first counts. Pairs that can't be read are left out.
  static func query(of target: String) -> [String: String] {
    guard let mark = target.firstIndex(of: "?") else { return [:] }
    var pairs: [String: String] = [:]
    for pair in target[target.index(after: mark)...].prefix(while: { $0 != "#" }).split(separator: "&") {
      let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = decoded(parts[0], plusIsSpace: true),
        let value = decoded(parts.count > 1 ? parts[1] : "", plusIsSpace: true), pairs[name] == nil
      else { continue }
      pairs[name] = value
    }
    return pairs
  }
}
