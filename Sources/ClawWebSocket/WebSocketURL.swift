/// The parts of a `ws:` or `wss:` URL (RFC 6455 section 3) that a connection needs.
struct WebSocketURL: Hashable {
  var isSecure: Bool
  /// Without the brackets of an IPv6 address.
  var host: String
  var port: Int
  /// Path and query; never empty.
  var target: String
  /// For the `Host` header, without a default port.
  var authority: String

  /// The URL without its query, which may contain a secret; for messages.
  var description: String {
    let path = target.prefix { $0 != "?" }
    return "\(isSecure ? "wss" : "ws")://\(authority)\(path)"
  }

  init(_ string: String) throws(WebSocketClientError) {
    guard string.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
      throw .invalidURL("it holds a space or a character that must be percent-encoded")
    }
    guard let colon = string.firstIndex(of: ":"), string[colon...].hasPrefix("://") else {
      throw .invalidURL("it must begin with ws:// or wss://")
    }
    switch string[..<colon].lowercased() {
    case "ws": isSecure = false
    case "wss": isSecure = true
    default: throw .invalidURL("it must begin with ws:// or wss://")
    }
    guard !string.contains("#") else { throw .invalidURL("it must not have a fragment (#…)") }
    let rest = string[string.index(colon, offsetBy: 3)...]
    let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
    let tail = rest[end...]
    target = tail.hasPrefix("/") ? String(tail) : "/" + tail
    let parts = try Self.split(rest[..<end])
    host = parts.host
    let usualPort = isSecure ? 443 : 80
    port = parts.port ?? usualPort
    let shown = host.contains(":") ? "[\(host)]" : host
    authority = port == usualPort ? shown : "\(shown):\(port)"
  }

  private static func split(_ authority: Substring) throws(WebSocketClientError) -> (host: String, port: Int?) {
    guard !authority.contains("@") else {
      throw .invalidURL("credentials do not belong into it; send them in a header")
    }
    var host = authority
    var portText: Substring?
    if authority.hasPrefix("[") {
      guard let close = authority.firstIndex(of: "]") else { throw .invalidURL("the IPv6 address lacks its ]") }
      host = authority[authority.index(after: authority.startIndex)..<close]
      let after = authority[authority.index(after: close)...]
      guard after.isEmpty || after.hasPrefix(":") else { throw .invalidURL("unexpected text after ]") }
      portText = after.isEmpty ? nil : after.dropFirst()
    } else if let colon = authority.firstIndex(of: ":") {
      host = authority[..<colon]
      portText = authority[authority.index(after: colon)...]
    }
    guard !host.isEmpty else { throw .invalidURL("the host is missing") }
    guard let portText else { return (String(host), nil) }
    guard let port = UInt16(portText), port > 0 else { throw .invalidURL("the port must be 1 to 65535") }
    return (String(host), Int(port))
  }
}
