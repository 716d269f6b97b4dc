import ClawCore

extension ModelCatalog {
  /// The models of an agent, in order of preference. Only an agent that names none uses the gateway's default.
  func candidates(of agent: Agent?) -> [ModelReference] {
    guard let agent, !agent.models.isEmpty else { return [standard] }
    return agent.models.map { ModelReference($0) ?? ModelReference(provider: $0, model: "") }
  }
}
