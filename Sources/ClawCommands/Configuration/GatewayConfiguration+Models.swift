import ClawCore
import ClawJSON
import ClawModels

extension ConfigurationValues {
  /// The usable providers, and the default model.
  var models: ModelsConfiguration {
    get throws(ConfigurationProblem) {
      let providers = ProviderPreset.all.compactMap(configured) + ownProviders.compactMap(own)
      return ModelsConfiguration(
        providers: providers + [.demo], standard: try standardModel(of: providers),
        timeouts: ModelTimeouts(
          connect: self[Settings.modelConnectTimeout], firstByte: self[Settings.modelFirstByteTimeout],
          silence: self[Settings.modelSilenceTimeout], ending: self[Settings.modelEndTimeout],
          list: self[Settings.modelListTimeout]),
        retry: RetryPolicy(
          attempts: self[Settings.retryAttempts], base: self[Settings.retryBase],
          rateLimitBase: self[Settings.rateLimitPause], cap: self[Settings.retryCap]),
        listLifetime: self[Settings.modelListLifetime], thinkingBudget: self[Settings.thinkingBudget],
        trustFile: self[Settings.trustFile], demoWordDelay: self[Settings.demoWordDelay])
    }
  }

  /// A provider with a preset, if it is configured. Local servers need no key, but have to be configured: prompts must
  /// not go to whatever happens to listen on a port.
  private func configured(_ preset: ProviderPreset) -> ProviderConfiguration? {
    let key = self[Settings.apiKey(of: preset.name)]
    let baseURL = self[Settings.baseURL(of: preset.name)]
    let model = self[Settings.model(of: preset.name)]
    let isNamed = self[Settings.provider] == preset.name || !model.isEmpty
    guard !key.isEmpty || !baseURL.isEmpty || (isNamed && !preset.requiresKey) else { return nil }
    return ProviderConfiguration(
      preset: preset, dialect: dialect(of: preset.name), apiKey: key.isEmpty ? nil : Secret(key),
      baseURL: baseURL.isEmpty ? nil : baseURL, defaultModel: model.isEmpty ? nil : model,
      extraHeaders: headers(of: preset.name), models: self[Settings.modelNames(of: preset.name)],
      rules: rules(of: preset.name))
  }

  /// A provider without a preset; nil if it has no address.
  private func own(_ name: String) -> ProviderConfiguration? {
    let (key, baseURL) = (self[Settings.apiKey(of: name)], self[Settings.baseURL(of: name)])
    let (model, models) = (self[Settings.model(of: name)], self[Settings.modelNames(of: name)])
    guard !baseURL.isEmpty else { return nil }
    return ProviderConfiguration(
      name: name, dialect: dialect(of: name) ?? .openAI, baseURL: baseURL, apiKey: key.isEmpty ? nil : Secret(key),
      defaultModel: model.isEmpty ? models.first ?? "" : model, extraHeaders: headers(of: name), models: models,
      rules: rules(of: name))
  }

  private func dialect(of provider: String) -> ModelDialect? {
    ModelDialect(rawValue: self[Settings.dialect(of: provider)])
  }

  private func headers(of provider: String) -> [(String, String)] {
    self[Settings.headers(of: provider)].map { ($0.name, $0.value) }
  }

  private func rules(of provider: String) -> String? {
    let rules = self[Settings.rules(of: provider)]
    return rules.isEmpty ? nil : rules
  }

  private func standardModel(of providers: [ProviderConfiguration]) throws(ConfigurationProblem) -> ModelReference {
    let model = self[Settings.model]
    // `openai/gpt-4o` contains both.
    if self[Settings.provider].isEmpty, let slash = model.firstIndex(ofASCII: "/"),
      let provider = providers.first(where: { $0.name == model[..<slash] })
    {
      return ModelReference(provider: provider.name, model: String(model.after(slash)))
    }
    let provider = try standardProvider(of: providers)
    let chosen = model.isEmpty ? provider.defaultModel : model
    guard !chosen.isEmpty else {
      throw ConfigurationProblem(
        place: source(of: Settings.provider).text,
        message: "\(provider.name) serves whatever was loaded into it; say which model with SWIFTCLAW_MODEL")
    }
    return ModelReference(provider: provider.name, model: chosen)
  }

  private func standardProvider(
    of providers: [ProviderConfiguration]
  ) throws(ConfigurationProblem) -> ProviderConfiguration {
    let named = self[Settings.provider]
    if named.isEmpty {
      if let first = providers.first { return first }
      guard self[Settings.model].isEmpty else {
        throw ConfigurationProblem(
          place: source(of: Settings.model).text,
          message: "models.model is \(self[Settings.model]), but no provider has a key. Set one, such as "
            + "SWIFTCLAW_OPENAI_API_KEY, or leave the model out.")
      }
      return .demo
    }
    if let provider = (providers + [.demo]).first(where: { $0.name == named }) { return provider }
    throw ConfigurationProblem(
      place: source(of: Settings.provider).text,
      message: "models.provider is \(named), but \(ProviderPreset.named(named)?.keyVariable ?? "its key") is not set. "
        + "Set it, or choose another provider.")
  }
}
