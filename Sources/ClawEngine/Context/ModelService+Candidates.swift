import ClawCore

extension ModelService {
  /// The models of an agent, in order. Those that it names are used or fail; only where it names none is it the
  /// gateway's own.
  func candidates(of agent: Agent?) -> [ModelReference] {
    guard let agent, !agent.models.isEmpty else { return [standard] }
    return agent.models.map { name in
      ModelReference(name) ?? resolve(name) ?? ModelReference(provider: name, model: "")
    }
  }
}
