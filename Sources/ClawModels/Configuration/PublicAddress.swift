import NIOCore

/// Distinguishes public Internet addresses from those that lead to this machine, a private network, or nowhere: the
/// registries of special-purpose addresses (RFC 6890 and its successors).
enum PublicAddress {
  /// The connection's address is not allowed for a tenant's provider.
  struct Refused: Error {}

  private typealias Network = (address: [UInt8], bits: Int)

  private static let special4: [Network] = [
    ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12), ([192, 0, 0], 24),
    ([192, 0, 2], 24), ([192, 31, 196], 24), ([192, 52, 193], 24), ([192, 88, 99], 24), ([192, 168], 16),
    ([192, 175, 48], 24), ([198, 18], 15), ([198, 51, 100], 24), ([203, 0, 113], 24), ([224], 3),
  ]

  /// In IPv6 only 2000::/3 is allocated, and these parts of it are special.
  private static let special6: [Network] = [
    ([0x20, 0x01, 0x00], 23), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x26, 0x20, 0x00, 0x4F, 0x80, 0x00], 48),
    ([0x3F, 0xFF, 0x00], 20),
  ]

  static func isPublic(_ address: SocketAddress?) -> Bool {
    switch address {
    case .v4(let address): isPublic(withUnsafeBytes(of: address.address.sin_addr) { Array($0) })
    case .v6(let address): isPublic(withUnsafeBytes(of: address.address.sin6_addr) { Array($0) })
    case .unixDomainSocket, nil: false
    }
  }

  /// - Parameter bytes: 4 or 16, in network byte order.
  static func isPublic(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == 16 else {
      return bytes.count == 4 && !special4.contains { matches(bytes, $0) }
    }
    if let inner = embedded(in: bytes) { return isPublic(inner) }
    return matches(bytes, ([0x20], 3)) && !special6.contains { matches(bytes, $0) }
  }

  /// The IPv4 address embedded in an IPv6 one: mapped (RFC 4291), NAT64 (RFC 6052) or 6to4 (RFC 3056).
  private static func embedded(in bytes: [UInt8]) -> [UInt8]? {
    if matches(bytes, ([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 96)) { return Array(bytes.suffix(4)) }
    if matches(bytes, ([0x00, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0], 96)) { return Array(bytes.suffix(4)) }
    if matches(bytes, ([0x20, 0x02], 16)) { return Array(bytes[2..<6]) }
    return nil
  }

  private static func matches(_ bytes: [UInt8], _ network: Network) -> Bool {
    (0..<network.bits).allSatisfy { bit in
      let (index, mask) = (bit / 8, UInt8(0x80) >> UInt8(bit % 8))
      let wanted = index < network.address.count ? network.address[index] : 0
      return (bytes[index] ^ wanted) & mask == 0
    }
  }
}
