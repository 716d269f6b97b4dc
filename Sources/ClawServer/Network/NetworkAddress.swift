import ClawJSON
import NIOCore

/// An IP address, 4 or 16 bytes. An IPv4-mapped IPv6 address (RFC 4291, section 2.5.5.2) is converted to IPv4.
struct NetworkAddress: Hashable, Sendable {
  let bytes: [UInt8]

  init?(_ address: SocketAddress?) {
    switch address {
    case .v4(let address): self.init(withUnsafeBytes(of: address.address.sin_addr) { Array($0) })
    case .v6(let address): self.init(withUnsafeBytes(of: address.address.sin6_addr) { Array($0) })
    case .unixDomainSocket, nil: return nil
    }
  }

  /// Parses `1.2.3.4`, `2001:db8::1` and `[2001:db8::1]`, with or without a port, as in `X-Forwarded-For`.
  init?(_ text: some StringProtocol) {
    var text = String(String.UnicodeScalarView(String(text).unicodeScalars.filter { $0 != " " && $0 != "\t" }))
    if text.startsWith("[") {
      text = String((text.droppingPrefix("[") ?? "").upTo("]"))
    } else if text.utf8.count(where: { $0 == UInt8(ascii: ":") }) == 1 {
      text = String(text.upTo(":"))
    }
    guard !text.containsBytes(of: "%"), let address = try? SocketAddress(ipAddress: text, port: 0) else { return nil }
    self.init(address)
  }

  private init(_ bytes: [UInt8]) {
    let isMapped = bytes.count == 16 && bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
    self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
  }

  /// The key for per-address limits: an IPv4 address, or an IPv6 /64 network, which one site has for itself.
  var text: String {
    guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
    if bytes.prefix(15).allSatisfy({ $0 == 0 }) { return bytes[15] == 1 ? "::1" : "::\(bytes[15])" }
    let groups = stride(from: 0, to: 8, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
    return groups.joined(separator: ":") + "::/64"
  }

  /// Whether the first `prefix` bits equal those of `other`.
  func matches(_ other: NetworkAddress, prefix: Int) -> Bool {
    guard bytes.count == other.bytes.count else { return false }
    return bytes.indices.allSatisfy { index in
      let bits = min(max(prefix - index * 8, 0), 8)
      let mask = UInt8(truncatingIfNeeded: 0xFF00 >> bits)
      return (bytes[index] ^ other.bytes[index]) & mask == 0
    }
  }
}
