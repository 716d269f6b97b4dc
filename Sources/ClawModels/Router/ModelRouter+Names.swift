import ClawCore
import ClawJSON

extension ModelRouter {
  public func resolve(_ name: String) -> ModelReference? {
    let name = name.trimmed
    guard !name.isEmpty else { return nil }
    if let slash = name.firstIndex(ofASCII: "/") {
      let provider = String(name[..<slash])
      let model = String(name.after(slash))
      if clients[provider] != nil, !model.isEmpty { return ModelReference(provider: provider, model: model) }
    }
    if let provider = provider(named: name), !provider.defaultModel.isEmpty {
      return ModelReference(provider: name, model: provider.defaultModel)
    }
    if standard.model.hasSameBytes(as: name), clients[standard.provider] != nil { return standard }
    if let provider = providers.first(where: { provider in
      provider.defaultModel.hasSameBytes(as: name) || provider.models.contains { $0.hasSameBytes(as: name) }
    }) {
      return ModelReference(provider: provider.name, model: name)
    }
    if let provider = listings.provider(listing: name, among: providers.map(\.name)) {
      return ModelReference(provider: provider, model: name)
    }
    guard !name.containsBytes(of: "/"), let vendor = ModelTable.row(for: name)?.vendor,
      let provider = providers.first(where: { $0.vendor == vendor })
    else { return nil }
    return ModelReference(provider: provider.name, model: name)
  }

  public func find(_ name: String) async -> ModelReference? {
    if let known = resolve(name) { return known }
    guard !name.trimmed.isEmpty else { return nil }
    await refresh(now: ticker.now, memory: configuration.unknownNameMemory) { try await refreshLists() }
    return resolve(name)
  }

  public func contextWindow(of model: ModelReference) -> Int {
    if let listed = listings.contextWindow(of: model) { return listed }
    return ModelTable.contextWindow(
      vendor: provider(named: model.provider)?.vendor, model: model.model)
  }
}
