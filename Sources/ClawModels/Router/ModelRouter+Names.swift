import ClawCore
import ClawJSON

extension ModelRouter {
  public func resolve(_ name: String) -> ModelReference? {
    let name = name.trimmed
    guard !name.isEmpty else { return nil }
    if let slash = name.firstIndex(ofASCII: "/") {
      let model = String(name.after(slash))
      if let provider = provider(named: String(name[..<slash])), !model.isEmpty {
        return ModelReference(provider: provider.name, model: model)
      }
    }
    if let provider = provider(named: name), !provider.configuration.defaultModel.isEmpty {
      return ModelReference(provider: name, model: provider.configuration.defaultModel)
    }
    if standard.model.hasSameBytes(as: name), provider(named: standard.provider) != nil { return standard }
    if let provider = providers.first(where: { $0.isSetUp(with: name) })
      ?? providers.first(where: { $0.listing.model(name) != nil })
    {
      return ModelReference(provider: provider.name, model: name)
    }
    guard !name.containsBytes(of: "/"), let vendor = ModelTable.row(for: name)?.vendor,
      let provider = providers.first(where: { $0.configuration.vendor == vendor })
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
    let provider = provider(named: model.provider)
    if let listed = provider?.listing.model(model.model)?.contextWindow { return listed }
    return ModelTable.contextWindow(vendor: provider?.configuration.vendor, model: model.model)
  }
}
