import ClawCore

/// The tools that every agent has by default: `datetime`, `calculator`, and `read_skill` if there are skills. They are
/// read-only, so they can be rerun at any time.
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
