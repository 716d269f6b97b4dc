import AsyncHTTPClient
import ClawCore
import ClawJSON
import Logging

/// Builds a router for each tenant: the gateway's configured providers, and those that the tenant has set up.
///
/// A tenant's provider never mixes with the gateway's of the same name, except that the tenant may use its own key with
/// it. The gateway's key is sent only to the gateway's address.
public struct ModelRouterFactory: ModelFactory {
  let configured: [RoutedProvider]
  let parts: RouterParts
  private let byName: UTF8Dictionary<RoutedProvider>
  private let transport: ModelTransport
  private let tenantTransport: ModelTransport
  private let rules: TenantProviderRules

  /// - Parameters:
  ///   - httpClient: Shared, set up with ``ModelHTTP/configuration(_:trustFile:refusesPrivateAddresses:)`` and shut
  ///     down by the caller.
  ///   - tenantClient: The same for addresses given by tenants; nil if these are unrestricted.
  ///   - clock: For pauses, timeouts, cooldowns and the age of lists.
  ///   - time: Converts `Retry-After` dates.
  ///   - random: In 0…1, for the jitter of pauses.
  public init(
    configuration: ModelsConfiguration, httpClient: HTTPClient, tenantClient: HTTPClient? = nil,
    clock: some Clock<Duration> = SharedClock(), time: TimeSource = .system,
    random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) },
    logger: Logger = Logger(label: "swiftclaw.models")
  ) {
    let ticker = Ticker(clock)
    func transport(_ client: HTTPClient) -> ModelTransport {
      ModelTransport(client: client, timeouts: configuration.timeouts, ticker: ticker, time: time)
    }
    let own = transport(httpClient)
    self.transport = own
    tenantTransport = transport(tenantClient ?? httpClient)
    parts = RouterParts(configuration: configuration, ticker: ticker, random: random, logger: logger)
    let latest = UTF8Dictionary(configuration.providers.map { ($0.name, $0) })
    var seen: UTF8Set = []
    let providers = configuration.providers.compactMap { seen.insert($0.name).inserted ? latest[$0.name] : nil }
    configured = providers.map { Self.routed($0, configuration, own) }
    byName = UTF8Dictionary(configured.map { ($0.name, $0) })
    rules = TenantProviderRules(
      configured: UTF8Dictionary(providers.map { ($0.name, $0.dialect) }), mayBePrivate: tenantClient == nil)
  }

  public var standard: ModelReference { parts.configuration.standard }

  public func known(_ name: String) -> KnownProvider? { rules.known(name) }

  public func check(_ provider: ProviderEntry) throws(ClawError) { try rules.check(provider) }

  public func models(with own: [TenantProvider]) -> any ModelService { router(with: own) }

  /// The tenant's own providers come first, so that a bare name means theirs.
  func router(with own: [TenantProvider]) -> ModelRouter {
    guard !own.isEmpty else { return ModelRouter(configured, parts) }
    let named = UTF8Dictionary(own.map { ($0.entry.name, $0) })
    let further = own.filter { byName[$0.entry.name] == nil && $0.entry.isEnabled }.compactMap(further)
    let shared = configured.compactMap { provider -> RoutedProvider? in
      guard let mine = named[provider.name] else { return provider }
      return mine.entry.isEnabled ? self.provider(provider, as: mine) : nil
    }
    return ModelRouter(further + shared, parts)
  }

  /// A provider that the gateway does not have.
  private func further(_ own: TenantProvider) -> RoutedProvider? {
    let preset = ProviderPreset.named(own.entry.name)
    let address = own.entry.baseURL.isEmpty ? preset?.baseURL ?? "" : own.entry.baseURL
    guard !address.isEmpty else { return nil }
    let standard = own.entry.models.first ?? preset?.defaultModel ?? ""
    let model = own.entry.defaultModel.isEmpty ? standard : own.entry.defaultModel
    return Self.routed(
      ProviderConfiguration(
        name: own.entry.name, dialect: own.entry.dialect, baseURL: address, apiKey: own.key.map { Secret($0) },
        defaultModel: model, models: own.entry.models, isTenants: true),
      parts.configuration, tenantTransport)
  }

  /// The gateway's provider with the key of a tenant. If it has an address of its own (possible only if it was set up
  /// before the gateway's provider), it is independent of the gateway's.
  private func provider(_ gateways: RoutedProvider, as own: TenantProvider) -> RoutedProvider? {
    guard own.entry.baseURL.isEmpty else { return further(own) }
    // If the tenant's key can't be opened, the gateway's key must not be used instead.
    guard let key = own.key else { return own.entry.hasKey ? nil : gateways }
    let known = gateways.configuration
    let configuration = ProviderConfiguration(
      name: known.name, dialect: known.dialect, baseURL: known.baseURL, apiKey: Secret(key),
      defaultModel: own.entry.defaultModel.isEmpty ? known.defaultModel : own.entry.defaultModel,
      // A header with the gateway's key would take precedence over the tenant's key.
      extraHeaders: known.extraHeaders.filter { !Self.keyHeaders.contains($0.0.lowercased()) },
      models: own.entry.models + known.models, rules: known.rules, isTenants: true)
    return Self.routed(configuration, parts.configuration, transport)
  }

  private static let keyHeaders: UTF8Set = ["authorization", "x-api-key", "api-key", "cookie"]

  private static func routed(
    _ provider: ProviderConfiguration, _ configuration: ModelsConfiguration, _ transport: ModelTransport
  ) -> RoutedProvider {
    let client: any ModelClient =
      switch provider.dialect {
      case .openAI: OpenAIClient(provider: provider, transport: transport)
      case .anthropic:
        AnthropicClient(provider: provider, transport: transport, thinkingBudget: configuration.thinkingBudget)
      case .demo: DemoModel(provider: provider.name, ticker: transport.ticker, wordDelay: configuration.demoWordDelay)
      }
    return RoutedProvider(configuration: provider, client: client)
  }
}
