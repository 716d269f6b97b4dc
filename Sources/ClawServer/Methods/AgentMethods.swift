import ClawCore
import ClawProtocol

/// `agents.*`
struct AgentMethods: Sendable {
  let agents: any AgentService

  func register(in registry: inout MethodRegistry) {
    registry.register(AgentsList.self) { _, principal in
      let showsAll = principal.role == .admin
      return AgentsList.Result(
        agents: try await agents.list(as: principal).map { AgentEntry($0, showsAll: showsAll) })
    }
    registry.register(AgentsCreate.self) { params, principal in
      let agent = try await agents.create(try draft(params), as: principal)
      return AgentsCreate.Result(agentId: agent.key.rawValue, name: agent.name, workspace: agent.folder.path)
    }
    registry.register(AgentsUpdate.self) { params, principal in
      let change = AgentChange(
        name: Self.unlessEmpty(params.name), summary: params.description, emoji: params.emoji, prompt: params.prompt,
        workspace: Self.unlessEmpty(params.workspace), firstModel: Self.unlessEmpty(params.model),
        models: params.models)
      let agent = try await agents.update(try AgentKey(validating: params.agentId), change, as: principal)
      return AgentsUpdate.Result(agentId: agent.key.rawValue)
    }
    registry.register(AgentsDelete.self) { params, principal in
      let key = try AgentKey(validating: params.agentId)
      let isGone = try await agents.remove(key, deletingFiles: params.deleteFiles ?? true, as: principal)
      return AgentsDelete.Result(agentId: key.rawValue, filesDeleted: isGone)
    }
  }

  private func draft(_ params: AgentsCreate.Params) throws(ClawError) -> AgentDraft {
    let first = Self.unlessEmpty(params.model).map { [$0] } ?? []
    return AgentDraft(
      name: params.name, key: try ParameterChecks.agent(Self.unlessEmpty(params.agentId)),
      summary: params.description ?? "", emoji: params.emoji ?? "", prompt: params.prompt ?? "",
      workspace: Self.unlessEmpty(params.workspace), models: first + (params.models ?? []))
  }

  /// Clients send empty strings for fields they do not set.
  private static func unlessEmpty(_ text: String?) -> String? {
    text.flatMap { $0.isEmpty ? nil : $0 }
  }
}
