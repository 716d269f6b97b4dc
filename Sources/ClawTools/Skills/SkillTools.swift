import ClawCore

/// Offers `read_skill` to agents that have skills, and tells them which ones.
public struct SkillTools: ToolSource {
  private let skills: any SkillService

  public init(skills: any SkillService) { self.skills = skills }

  public func tools(for scope: ToolScope) async -> ToolSet {
    let found = await skills.skills(inWorkspace: scope.workspace)
    guard !found.isEmpty else { return ToolSet([]) }
    return ToolSet([ReadSkillTool(skills: skills)], instructions: [SkillsPrompt.text(for: found)])
  }
}
