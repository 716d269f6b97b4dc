import ClawClient
import ClawJSON

extension GatewayAddress {
  static func client(place: DataDirectoryOptions, url: String?, user: String? = nil) async throws -> ClientConfiguration
  {
    let loaded = try await place.load()
    let named = url ?? Console.current.environment["SWIFTCLAW_URL"].flatMap { $0.isEmpty ? nil : $0 }
    let address = named.map(webSocket) ?? socket(of: loaded.values)
    let token = try await Blocking.run {
      try GatewayTokenStore(loaded.dataDirectory).find(given: loaded.values[Settings.gatewayToken])
    }
    guard let token else {
      throw CommandFailure(
        .unauthorized,
        "no token: \(loaded.dataDirectory.tokenFile) does not exist. Start the gateway once with swiftclaw serve, or set "
          + "SWIFTCLAW_GATEWAY_TOKEN.")
    }
    return ClientConfiguration(
      url: address, token: token.value, userID: user, clientName: "swiftclaw",
      clientVersion: SwiftClawVersion.current, connectTimeout: loaded.values[Settings.connectTimeout],
      reconnect: .never)
  }
}
