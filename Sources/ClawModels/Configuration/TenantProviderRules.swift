import ClawCore
import ClawJSON
import NIOCore

/// Rules for the providers of tenants.
struct TenantProviderRules: Sendable {
  /// The gateway's own providers, by name.
  let configured: UTF8Dictionary<ModelDialect>
  /// Whether their addresses may be in private networks.
  let mayBePrivate: Bool

  private static let maxAddressBytes = 2048

  func known(_ name: String) -> KnownProvider? {
    if let dialect = configured[name] { return KnownProvider(dialect: dialect, isConfigured: true) }
    return ProviderPreset.named(name).map { KnownProvider(dialect: $0.dialect, isConfigured: false) }
  }

  func check(_ provider: ProviderEntry) throws(ClawError) {
    guard let known = known(provider.name) else { return try checkAddress(provider.baseURL) }
    if known.isConfigured {
      // The gateway's name always means the gateway's server, so that a name is never ambiguous.
      guard provider.baseURL.isEmpty, provider.dialect == known.dialect else {
        throw ClawError(
          .invalidRequest,
          "the gateway has a provider \(provider.name): give it a key of yours, without address and kind, or choose "
            + "another name")
      }
    } else if !provider.baseURL.isEmpty {
      try checkAddress(provider.baseURL)
    } else if let preset = ProviderPreset.named(provider.name) {
      // A preset may point to the local machine.
      try checkAddress(preset.baseURL)
    }
  }

  private func checkAddress(_ address: String) throws(ClawError) {
    guard !address.isEmpty else {
      throw ClawError(field: .baseURL, "is needed for a name that the gateway does not know")
    }
    let scheme = address.prefix { $0 != ":" }.lowercased()
    let isPlain = address.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    guard address.utf8.count <= Self.maxAddressBytes, isPlain, scheme == "http" || scheme == "https",
      address.utf8.dropFirst(scheme.utf8.count).starts(with: "://".utf8),
      !address.containsBytes(of: "?"), !address.containsBytes(of: "#"), !address.containsBytes(of: "\\")
    else { throw ClawError(field: .baseURL, "must begin with http:// or https://, without query and fragment") }
    let rest = address.utf8.dropFirst(scheme.utf8.count + "://".utf8.count)
    guard !rest.prefix(while: { $0 != UInt8(ascii: "/") }).contains(UInt8(ascii: "@")) else {
      throw ClawError(field: .baseURL, "must hold no user and password; the key is a field of its own")
    }
    try checkHost(ProviderConfiguration.host(of: ProviderConfiguration.authority(of: address)))
  }

  /// Host names are checked again after resolution, when a connection is made; see ``PublicAddress``.
  private func checkHost(_ host: String) throws(ClawError) {
    let bare = host.startsWith("[") ? String(host.dropFirst().dropLast()) : host
    guard !bare.isEmpty else { throw ClawError(field: .baseURL, "has no host") }
    if mayBePrivate { return }
    if let address = try? SocketAddress(ipAddress: bare, port: 0) {
      guard !PublicAddress.isPublic(address) else { return }
      throw Self.isPrivate
    }
    let name = bare.endsWith(".") ? String(bare.dropLast()) : bare
    let last = name.split(at: ".").last ?? ""
    // Resolvers accept numeric addresses in any notation (127.1, 0x7f000001, 017700000001).
    let isNumber = last.utf8.first.map { (0x30...0x39).contains($0) } ?? true
    guard !isNumber, !host.startsWith("["), last != "localhost", last != "internal", last != "local",
      name.containsBytes(of: ".")
    else { throw Self.isPrivate }
  }

  private static let isPrivate = ClawError(
    field: .baseURL,
    "is an address of this machine or of a private network; only the operator of the gateway can allow these")
}
