import ClawModels

/// Finds model servers on this machine by probing their usual ports.
struct LocalModelServers: Sendable {
  struct Found: Sendable {
    let provider: String
    let baseURL: String
    let models: [String]
  }

  let values: ConfigurationValues

  /// Servers that return a list of models, in preset order. All are probed concurrently.
  func find() async throws -> [Found] {
    let providers = ProviderPreset.all.filter { !$0.requiresKey }.map { preset in
      let moved = values[Settings.baseURL(of: preset.name)]
      let key = values[Settings.apiKey(of: preset.name)]
      return ProviderConfiguration(
        preset: preset, apiKey: key.isEmpty ? nil : Secret(key), baseURL: moved.isEmpty ? nil : moved)
    }
    guard let first = providers.first else { return [] }
    let check = ModelCheck(
      ModelsConfiguration(providers: providers, standard: .init(provider: first.name, model: first.defaultModel)),
      timeout: values[Settings.localProbeTimeout])
    let listing = try await check.list()
    return providers.compactMap { provider in
      let models = listing.models.filter { $0.reference.provider == provider.name }.map(\.reference.model)
      return models.isEmpty ? nil : Found(provider: provider.name, baseURL: provider.baseURL, models: models)
    }
  }
}
