import ClawCore
import Testing

@testable import ClawTools

@Suite("Skills in the system prompt")
struct SkillsPromptTests {
  private func skills(_ count: Int, summary: String) -> [SkillDescription] {
    (0..<count).map { number in
      SkillDescription(id: "s\(number)", name: "S\(number)", summary: summary, source: .global, version: "1")
    }
  }

  @Test("names and descriptions, one line each")
  func lines() {
    let text = SkillsPrompt.text(for: skills(2, summary: "does things"))
    #expect(text.hasSuffix("\n- S0: does things\n- S1: does things"))
    #expect(text.contains("read_skill"))
  }

  @Test("many long descriptions are cut, but no skill is left out")
  func bound() {
    let text = SkillsPrompt.text(for: skills(200, summary: String(repeating: "long ", count: 200)))
    #expect(text.count < SkillsPrompt.maxCharacters + 200 * 10 + 500)
    for number in 0..<200 { #expect(text.contains("\n- S\(number): long")) }
  }
}
