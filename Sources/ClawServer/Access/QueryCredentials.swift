import ClawJSON

/// Detects credentials in query strings, which end up in histories, logs and referrers.
enum QueryCredentials {
  static let message =
    "credentials are not taken from the query string; send them in the Authorization header or in 'connect'"

  private static let names: UTF8Set = ["token", "api_key", "apikey", "access_token", "key", "sender_id"]

  /// Whether the query of a request target contains one.
  static func arePresent(in target: String) -> Bool {
    guard let mark = target.firstIndex(ofASCII: "?") else { return false }
    return target.after(mark).split(at: { $0 == UInt8(ascii: "&") || $0 == UInt8(ascii: ";") }).contains { pair in
      let name = pair.upTo("=")
      return names.contains(percentDecoded(name).lowercased())
    }
  }

  /// A percent-decoded name, so that `%74oken` is detected too.
  private static func percentDecoded(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), let value = UInt8(Substring(rest.prefix(2)), radix: 16), rest.count >= 2 {
        bytes.append(value)
        rest.removeFirst(2)
      } else {
        bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
