import AsyncHTTPClient
import ClawModels

/// The HTTP clients behind which all models are.
struct ModelClients: Sendable {
  /// For addresses that the operator has named.
  let own: HTTPClient
  /// For those that tenants have named; nil if these may be any, so that the other does.
  let tenants: HTTPClient?

  init(_ configuration: ModelsConfiguration, tenantsMayBePrivate: Bool) {
    func client(refusesPrivateAddresses: Bool) -> HTTPClient {
      HTTPClient(
        eventLoopGroupProvider: .singleton,
        configuration: ModelHTTP.configuration(
          configuration.timeouts, trustFile: configuration.trustFile, refusesPrivateAddresses: refusesPrivateAddresses))
    }
    own = client(refusesPrivateAddresses: false)
    tenants = tenantsMayBePrivate ? nil : client(refusesPrivateAddresses: true)
  }

  func shutdown() async {
    try? await own.shutdown()
    try? await tenants?.shutdown()
  }
}
