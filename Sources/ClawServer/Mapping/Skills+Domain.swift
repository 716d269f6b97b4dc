import ClawCore
import ClawProtocol

extension SkillsList.Skill {
  init(_ skill: SkillDescription) {
    self.init(
      id: skill.id, name: skill.name, description: skill.summary, source: skill.source.rawValue,
      version: skill.version)
  }
}

extension SkillsGet.Result {
  init(_ text: SkillText) {
    self.init(skill: SkillsList.Skill(text.skill), content: text.text)
  }
}
