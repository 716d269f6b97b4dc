import ClawJSON

/// Which web origins may use the gateway. The `Host` header is not trusted: a page that uses DNS rebinding controls it.
struct OriginPolicy: Sendable {
  private let own: UTF8Set
  private let listed: UTF8Set
  private let allowsAll: Bool

  /// - Parameter port: the bound port, which is part of the gateway's own loopback origins.
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

  /// Whether a page of this origin may open a WebSocket; a client without `Origin` is not a browser.
  func allows(_ origin: String?) -> Bool {
    guard let origin else { return true }
    guard let known = Self.normalized(origin) else { return false }
    return own.contains(known) || isListed(known)
  }

  /// Whether responses may be read by a page of another origin.
  func allowsCrossOrigin(_ origin: String) -> Bool {
    Self.normalized(origin).map(isListed) ?? false
  }

  /// Whether any other origin is allowed.
  var listsOrigins: Bool { allowsAll || !listed.isEmpty }

  private func isListed(_ origin: String) -> Bool { allowsAll || listed.contains(origin) }

  /// `scheme://host:port` in lower case, with an explicit port (RFC 6454, section 6); nil for anything else, including
  /// `null`. A path is cut off, so that a public URL can be passed unchanged.
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

/// Validates web origins and base URLs in the configuration.
public enum WebOrigin {
  /// Whether this is a base URL: `http` or `https` with a host, and without the user and password that RFC 3986,
  /// section 3.2.1 deprecates.
  public static func isAddress(_ text: String) -> Bool {
    let lowered = text.lowercased()
    return (lowered.startsWith("http://") || lowered.startsWith("https://")) && OriginPolicy.normalized(text) != nil
  }

  /// Whether this is an origin (RFC 6454, section 4) with scheme, host and port, and without anything behind them that
  /// would be silently dropped.
  public static func isProper(_ text: String) -> Bool {
    guard OriginPolicy.normalized(text) != nil, let marker = text.firstRange(ofBytes: "://") else { return false }
    let rest = text[marker.upperBound...]
    return !rest.containsBytes(of: "*") && !rest.containsBytes(of: " ")
      && (rest.firstIndex(ofASCII: "/").map { rest[$0...].hasSameBytes(as: "/") } ?? true)
  }
}
