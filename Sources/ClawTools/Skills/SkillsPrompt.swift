import ClawCore

/// The list of skills in an agent's prompt: names and descriptions. The agent reads the instructions when it needs
/// them.
enum SkillsPrompt {
  /// Approximate total length of the descriptions in characters; beyond it, each is truncated to its share.
  static let maxCharacters = 16_384
  /// Minimum length of a truncated description.
  static let minDescription = 60

  /// Deterministic.
  static func text(for skills: [SkillDescription]) -> String {
    let total = skills.reduce(0) { $0 + $1.summary.count }
    let limit = total <= maxCharacters ? Int.max : max(minDescription, maxCharacters / max(1, skills.count))
    let lines = skills.map { "- \($0.name): \(cut($0.summary, to: limit))" }
    return """
      You have skills: instructions for particular kinds of tasks. When a task fits one of these descriptions, read \
      that skill with the tool \(ReadSkillTool.name) before you begin, and follow it. Read none that does not fit.
      \(lines.joined(separator: "\n"))
      """
  }

  private static func cut(_ text: String, to limit: Int) -> String {
    text.count <= limit ? text : text.prefix(limit - 1) + "…"
  }
}
