import ClawCore

/// The tools that every agent can have, without any setup.
public enum BuiltinTools {
  /// `datetime`, `calculator` and `read_skill`. They only look at what there is, so that they can be run again at any
  /// time.
  public static func all(
    clock: TimeSource = .system, zones: ZoneFileLibrary = .system, skills: any SkillService = NoSkills()
  ) -> [any Tool] {
    [DateTimeTool(clock: clock, zones: zones), CalculatorTool(), ReadSkillTool(skills: skills)]
  }
}
