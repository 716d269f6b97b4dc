import ClawCore
import ClawProtocol

extension ProviderBody {
  init(_ provider: ProviderEntry) {
    self.init(
      name: provider.name, display_name: provider.displayName.isEmpty ? nil : provider.displayName,
      provider_type: provider.dialect.providerType, api_base: provider.baseURL.isEmpty ? nil : provider.baseURL,
      hasKey: provider.hasKey, default_model: provider.defaultModel.isEmpty ? nil : provider.defaultModel,
      models: provider.models, enabled: provider.isEnabled, created_at: provider.createdAt.milliseconds,
      updated_at: provider.updatedAt.milliseconds)
  }
}

extension ProviderChange {
  /// - Throws: `invalidRequest` for an unknown type.
  init(_ body: ProviderDraftBody) throws(ClawError) {
    self.init(
      displayName: body.display_name, dialect: try body.provider_type.map(ModelDialect.init(providerType:)),
      baseURL: body.api_base, key: body.api_key, defaultModel: body.default_model, models: body.models,
      isEnabled: body.enabled)
  }
}

extension ProviderTestBody {
  init(_ test: ProviderTest) {
    self.init(
      model: test.model.description, duration_ms: test.duration.milliseconds,
      error: test.failure.map { ErrorBody($0, .http) })
  }
}

extension ProviderModelsBody {
  init(_ listing: ModelListing) {
    self.init(
      models: listing.models.map {
        Model(id: $0.reference.description, name: $0.name, context_window: $0.contextWindow)
      }, error: listing.failures.first?.message)
  }
}

extension ModelDialect {
  fileprivate var providerType: String {
    switch self {
    case .openAI, .demo: "openai_compat"
    case .anthropic: "anthropic_native"
    }
  }

  fileprivate init(providerType: String) throws(ClawError) {
    switch providerType {
    case "openai_compat": self = .openAI
    case "anthropic_native": self = .anthropic
    default: throw ClawError(field: .dialect, "must be openai_compat or anthropic_native")
    }
  }
}
