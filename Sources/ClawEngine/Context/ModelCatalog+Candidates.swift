import ClawCore

extension ModelCatalog {
  /// The models of an agent, in order. Those that it names are used or fail; only where it names none is it the
  /// gateway's own.
  func candidates(of agent: Agent?) -> [ModelReference] {
    guard let agent, !agent.models.isEmpty else { return [standard] }
    return agent.models.map { ModelReference($0) ?? ModelReference(provider: $0, model: "") }
  }
}
