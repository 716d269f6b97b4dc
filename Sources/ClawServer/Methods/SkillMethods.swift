import ClawCore
import ClawProtocol

/// `skills.*`
struct SkillMethods: Sendable {
  let skills: any SkillService
  let agents: any AgentService

  func register(in registry: inout MethodRegistry) {
    registry.register(SkillsList.self) { params, principal in
      let workspace = try await workspace(of: params.agentId, as: principal)
      return SkillsList.Result(skills: await skills.skills(inWorkspace: workspace).map(SkillsList.Skill.init))
    }
    registry.register(SkillsGet.self) { params, principal in
      let workspace = try await workspace(of: params.agentId, as: principal)
      return SkillsGet.Result(try await skills.text(of: params.name, file: nil, inWorkspace: workspace))
    }
  }

  private func workspace(of agentId: String?, as principal: Principal) async throws -> String {
    try await agents.agent(try ParameterChecks.agent(agentId) ?? .standard, as: principal).agent.workspace
  }
}
