import ClawCore

extension ModelRouter {
  public func list(provider name: String?) async throws -> ModelListing {
    var asked = providers
    if let name {
      guard let provider = provider(named: name) else {
        throw ClawError(.notFound, "there is no provider \(name)")
      }
      asked = [provider]
    }
    let outcomes = try await withThrowingTaskGroup(of: (Int, Result<[ListedModel], ModelFailure>).self) { group in
      for (index, provider) in asked.enumerated() {
        group.addTask { (index, try await self.models(of: provider)) }
      }
      var outcomes: [Int: Result<[ListedModel], ModelFailure>] = [:]
      for try await (index, outcome) in group { outcomes[index] = outcome }
      return outcomes
    }
    var listing = ModelListing()
    for (index, provider) in asked.enumerated() {
      switch outcomes[index] {
      case .success(let models)?: listing.models += models.map { description(of: $0, provider) }
      case .failure(let failure)?:
        let error = failure.clawError(from: provider.configuration, model: "models", request: nil)
        listing.failures.append((provider.name, error.message))
      case nil: break
      }
    }
    return listing
  }

  /// Refreshes the lists of all providers concurrently; a failed one keeps its old list.
  func refreshLists() async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for provider in providers { group.addTask { _ = try await self.models(of: provider, mayBeKnown: false) } }
      try await group.waitForAll()
    }
  }

  private func models(
    of provider: RoutedProvider, mayBeKnown: Bool = true
  ) async throws -> Result<[ListedModel], ModelFailure> {
    let known = provider.listing.models(now: ticker.now(), lifetime: configuration.listLifetime)
    if mayBeKnown, let known { return .success(known) }
    do {
      let models = try await provider.client.models()
      provider.listing.store(models, at: ticker.now())
      return .success(models)
    } catch let failure as ModelFailure {
      return .failure(failure)
    }
  }

  private func description(of model: ListedModel, _ provider: RoutedProvider) -> ModelDescription {
    let reference = ModelReference(provider: provider.name, model: model.id)
    return ModelDescription(
      reference: reference, name: model.name ?? model.id,
      contextWindow: model.contextWindow ?? ModelTable.row(for: model.id)?.window, isDefault: reference == standard)
  }
}
