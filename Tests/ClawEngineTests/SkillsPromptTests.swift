import ClawCore
import Testing

@testable import ClawEngine

@Suite("What an agent is told of its skills")
struct SkillsPromptTests {
  private func skills(_ count: Int, summary: String) -> [SkillDescription] {
    (0..<count).map { number in
      SkillDescription(id: "s\(number)", name: "S\(number)", summary: summary, source: .global, version: "1")
    }
  }

  private let agent = Agent(
    id: AgentID(unchecked: "a"), key: .standard, name: "Claw", prompt: "Be kind.", workspace: "",
    createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0))

  @Test("names and descriptions, one line each, behind the agent's own prompt; nothing where there are none")
  func lines() {
    let text = SystemPrompt.text(for: agent, lane: .main, skills: skills(2, summary: "does things"))
    #expect(text.hasPrefix("Be kind.\n\n"))
    #expect(text.hasSuffix("\n- S0: does things\n- S1: does things"))
    #expect(text.contains("read_skill"))
    #expect(SystemPrompt.text(for: agent, lane: .main, skills: []) == "Be kind.")
  }

  @Test("many long descriptions are cut, but no skill is left out")
  func bound() {
    let text = SkillsPrompt.text(for: skills(200, summary: String(repeating: "long ", count: 200)))
    #expect(text.count < SkillsPrompt.maxCharacters + 200 * 10 + 500)
    for number in 0..<200 { #expect(text.contains("\n- S\(number): long")) }
  }
}
