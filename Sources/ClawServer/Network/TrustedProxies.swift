import ClawJSON

/// The operator's proxies, whose `X-Forwarded-For` is trusted.
public struct TrustedProxies: Sendable {
  /// Used if a connection has no address.
  static let unknown = "unknown"
  static let header = "x-forwarded-for"

  private let networks: [(address: NetworkAddress, prefix: Int)]

  /// - Parameter networks: Addresses and networks such as `10.0.0.0/8`. Nil if one of them is invalid.
  public init?(_ networks: [String]) {
    var known: [(NetworkAddress, Int)] = []
    for network in networks {
      let parts = network.split(at: "/", maxSplits: 1, omittingEmpty: false)
      guard let first = parts.first, let address = NetworkAddress(first) else { return nil }
      let bits = address.bytes.count * 8
      let prefix = parts.count == 2 ? Int(parts[1]) ?? -1 : bits
      guard (0...bits).contains(prefix) else { return nil }
      known.append((address, prefix))
    }
    self.networks = known
  }

  /// Trusts no proxy.
  public static let none = TrustedProxies(nobody: ())

  private init(nobody: Void) { networks = [] }

  var isEmpty: Bool { networks.isEmpty }

  /// The client's address: the last one in the chain that is not a trusted proxy.
  /// - Parameter forwarded: The values of `X-Forwarded-For`, in order; everything left of an untrusted address may be
  ///   forged.
  func client(of peer: NetworkAddress?, forwarded: [String]) -> String {
    guard var address = peer else { return Self.unknown }
    let chain = forwarded.flatMap { $0.split(at: ",", omittingEmpty: false) }
    for part in chain.reversed() {
      guard isTrusted(address), let next = NetworkAddress(part) else { break }
      address = next
    }
    return address.text
  }

  /// Whether this is a trusted proxy.
  func isTrusted(_ address: NetworkAddress) -> Bool {
    networks.contains { address.matches($0.address, prefix: $0.prefix) }
  }
}
