import ClawCore
import ClawProtocol

/// `skills.*`
struct SkillMethods: Sendable {
  let skills: any SkillService
  let agents: any AgentService

  func register(in registry: inout MethodRegistry) {
    registry.register(SkillsList.self) { params, principal in
      let folder = try await folder(of: params.agentId, as: principal)
      return SkillsList.Result(skills: await skills.skills(in: folder).map(SkillsList.Skill.init))
    }
    registry.register(SkillsGet.self) { params, principal in
      let folder = try await folder(of: params.agentId, as: principal)
      return SkillsGet.Result(try await skills.text(of: params.name, file: nil, in: folder))
    }
  }

  private func folder(of agentId: String?, as principal: Principal) async throws -> AgentFolder {
    try await agents.agent(try ParameterChecks.agent(agentId) ?? .standard, as: principal).agent.folder
  }
}
