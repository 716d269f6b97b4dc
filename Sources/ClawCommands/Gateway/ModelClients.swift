import AsyncHTTPClient
import ClawModels

/// The HTTP clients of all model calls.
struct ModelClients: Sendable {
  /// For addresses given by the operator.
  let own: HTTPClient
  /// For addresses given by tenants; nil if these are unrestricted and the other client is used.
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
