import ClawCore

/// Provides `read_skill` to agents with skills, and the list of skills for their prompt.
public struct SkillTools: ToolSource {
  private let skills: any SkillService

  public init(skills: any SkillService) { self.skills = skills }

  public func tools(for scope: ToolScope) async -> ToolSet {
    let found = await skills.skills(in: scope.workspace.agentFolder)
    guard !found.isEmpty else { return ToolSet([]) }
    return ToolSet([ReadSkillTool(skills: skills)], instructions: [SkillsPrompt.text(for: found)])
  }
}
