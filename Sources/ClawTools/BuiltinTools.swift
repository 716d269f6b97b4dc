import ClawCore

/// The tools that every agent has without any setup: `datetime`, `calculator`, and `read_skill` where there are skills.
/// They only look at what there is, so that they can be run again at any time.
public struct BuiltinTools: ToolSource {
  private let everywhere: ToolSet
  private let skills: SkillTools

  public init(
    clock: TimeSource = .system, zones: ZoneFileLibrary = .system, skills: any SkillService = NoSkills()
  ) {
    everywhere = ToolSet([DateTimeTool(clock: clock, zones: zones), CalculatorTool()])
    self.skills = SkillTools(skills: skills)
  }

  public func tools(for scope: ToolScope) async -> ToolSet { await everywhere + skills.tools(for: scope) }
}
