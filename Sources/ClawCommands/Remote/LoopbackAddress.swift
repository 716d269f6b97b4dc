import ClawJSON
import NIOCore

/// Detects loopback addresses.
enum LoopbackAddress {
  /// Whether this is a loopback host: `localhost`, 127.0.0.0/8, `::1`, or an IPv4-mapped form of these.
  static func matches(_ host: String) -> Bool {
    let bare = host.startsWith("[") && host.endsWith("]") ? String(host.dropFirst().dropLast()) : host
    if bare.lowercased() == "localhost" { return true }
    guard let address = try? SocketAddress(ipAddress: bare, port: 0), let bytes = address.packedAddress else {
      return false
    }
    if bytes.count == 4 { return bytes[0] == 127 }
    let head = bytes.prefix(12)
    if head == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF] { return bytes[12] == 127 }
    return bytes == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
  }

  /// The address at which a client on this machine reaches a gateway listening on `host`, formatted for a URL.
  static func reachable(_ host: String) -> String {
    switch host {
    case "", "0.0.0.0": return "127.0.0.1"
    case "::", "[::]": return "[::1]"
    default: return host.containsBytes(of: ":") && !host.startsWith("[") ? "[\(host)]" : host
    }
  }
}

extension SocketAddress {
  /// 4 or 16 bytes in network order.
  fileprivate var packedAddress: [UInt8]? {
    switch self {
    case .v4(let address): withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
    case .v6(let address): withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
    case .unixDomainSocket: nil
    }
  }
}
