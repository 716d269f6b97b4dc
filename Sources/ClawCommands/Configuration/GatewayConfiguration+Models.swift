import ClawCore
import ClawJSON
import ClawModels

extension ConfigurationValues {
  /// The providers that can be used, and the one that answers where nobody names another.
  var models: ModelsConfiguration {
    get throws(ConfigurationProblem) {
      let providers = ProviderPreset.all.compactMap(configured)
      return ModelsConfiguration(
        providers: providers + [.demo], standard: try standardModel(of: providers),
        timeouts: ModelTimeouts(
          connect: self[Settings.modelConnectTimeout], firstByte: self[Settings.modelFirstByteTimeout],
          silence: self[Settings.modelSilenceTimeout], list: self[Settings.modelListTimeout]),
        retry: RetryPolicy(
          attempts: self[Settings.retryAttempts], base: self[Settings.retryBase], cap: self[Settings.retryCap]),
        listLifetime: self[Settings.modelListLifetime], thinkingBudget: self[Settings.thinkingBudget],
        demoWordDelay: self[Settings.demoWordDelay])
    }
  }

  /// A vendor with what is set for it; nil if nothing is. Servers on one's own machine need no key, but somebody has
  /// to have named them: nobody's prompts go to whatever listens on a port by chance.
  private func configured(_ preset: ProviderPreset) -> ProviderConfiguration? {
    let key = self[Settings.apiKey(of: preset.name)]
    let baseURL = self[Settings.baseURL(of: preset.name)]
    let model = self[Settings.model(of: preset.name)]
    let isNamed = self[Settings.provider] == preset.name || !model.isEmpty
    guard !key.isEmpty || !baseURL.isEmpty || (isNamed && !preset.requiresKey) else { return nil }
    return ProviderConfiguration(
      preset: preset, apiKey: key.isEmpty ? nil : Secret(key), baseURL: baseURL.isEmpty ? nil : baseURL,
      defaultModel: model.isEmpty ? nil : model)
  }

  private func standardModel(of providers: [ProviderConfiguration]) throws(ConfigurationProblem) -> ModelReference {
    let model = self[Settings.model]
    // `openai/gpt-4o` says both.
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
