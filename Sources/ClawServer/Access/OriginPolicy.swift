import ClawJSON

/// Which web pages may use the gateway. The `Host` header has no say in it: a page that rebinds its name to this
/// address sends a `Host` of its choice.
struct OriginPolicy: Sendable {
  private let own: UTF8Set
  private let listed: UTF8Set
  private let allowsAll: Bool

  /// - Parameter port: the one that is bound, which plain loopback names are own with.
  init(publicURL: String?, allowed: [String], host: String, port: Int) {
    if let publicURL {
      own = UTF8Set([Self.normalized(publicURL)].compactMap(\.self))
    } else {
      let names = ["localhost", "127.0.0.1", "[::1]", host.containsBytes(of: ":") ? "[\(host)]" : host]
      own = UTF8Set(names.compactMap { Self.normalized("http://\($0):\(port)") })
    }
    listed = UTF8Set(allowed.compactMap(Self.normalized))
    allowsAll = allowed.contains { $0.hasSameBytes(as: "*") }
  }

  /// Whether a page of this origin may open a WebSocket; no `Origin` at all means no browser.
  func allows(_ origin: String?) -> Bool {
    guard let origin else { return true }
    guard let known = Self.normalized(origin) else { return false }
    return own.contains(known) || isListed(known)
  }

  /// Whether answers may be shown to a page of a foreign origin.
  func allowsCrossOrigin(_ origin: String) -> Bool {
    Self.normalized(origin).map(isListed) ?? false
  }

  /// Whether any foreign origin is allowed.
  var listsOrigins: Bool { allowsAll || !listed.isEmpty }

  private func isListed(_ origin: String) -> Bool { allowsAll || listed.contains(origin) }

  /// `scheme://host:port` in lower case, with the port written out (RFC 6454, section 6); nil for anything else,
  /// `null` among it. A path is cut off, so that a public URL can be given as it is.
  static func normalized(_ text: String) -> String? {
    let lowered = text.lowercasedASCII
    guard let marker = lowered.firstRange(ofBytes: "://") else { return nil }
    let scheme = lowered[..<marker.lowerBound]
    let authority = lowered[marker.upperBound...].upTo("/")
    let standardPort: String
    switch scheme {
    case "http", "ws": standardPort = "80"
    case "https", "wss": standardPort = "443"
    default: return nil
    }
    guard !authority.isEmpty, !authority.containsBytes(of: "@"), let (host, port) = split(authority) else { return nil }
    let web = scheme == "ws" ? "http" : scheme == "wss" ? "https" : String(scheme)
    return "\(web)://\(host):\(port ?? Substring(standardPort))"
  }

  private static func split(_ authority: Substring) -> (host: Substring, port: Substring?)? {
    let hostEnd: Substring.Index
    if authority.startsWith("[") {
      guard let bracket = authority.firstIndex(ofASCII: "]") else { return nil }
      hostEnd = authority.utf8.index(after: bracket)
    } else {
      hostEnd = authority.firstIndex(ofASCII: ":") ?? authority.endIndex
    }
    let rest = authority[hostEnd...]
    if rest.isEmpty { return hostEnd == authority.startIndex ? nil : (authority[..<hostEnd], nil) }
    let port = rest.dropFirst()
    guard rest.startsWith(":"), hostEnd > authority.startIndex, let number = Int(port), (1...65535).contains(number)
    else {
      return nil
    }
    return (authority[..<hostEnd], port)
  }
}

/// Origins and addresses of the web as the operator writes them.
public enum WebOrigin {
  /// Whether this is the base of an address: `http` or `https` with a host, and without the user and password that RFC
  /// 3986, section 3.2.1 warns of.
  public static func isAddress(_ text: String) -> Bool {
    let lowered = text.lowercased()
    return (lowered.startsWith("http://") || lowered.startsWith("https://")) && OriginPolicy.normalized(text) != nil
  }

  /// Whether this is a scheme of the web with host and port (RFC 6454, section 4), and nothing behind them that would be
  /// left out without a word.
  public static func isProper(_ text: String) -> Bool {
    guard OriginPolicy.normalized(text) != nil, let marker = text.firstRange(ofBytes: "://") else { return false }
    let rest = text[marker.upperBound...]
    return !rest.containsBytes(of: "*") && !rest.containsBytes(of: " ")
      && (rest.firstIndex(ofASCII: "/").map { rest[$0...].hasSameBytes(as: "/") } ?? true)
  }
}
