/// A skill: instructions for a kind of task, which an agent reads when it needs them.
public struct SkillDescription: Sendable, Hashable {
  /// Where a skill comes from.
  public enum Source: String, Sendable, CaseIterable {
    /// The agent's workspace; takes precedence.
    case workspace
    /// The data directory: for every agent.
    case global
  }

  /// Unique among the skills of an agent: the name in lower case, with hyphens for spaces.
  public let id: String
  public let name: String
  /// What it does and when to use it: one line of at most 1,024 characters, without hidden ones.
  public let summary: String
  public let source: Source
  /// The skill's stated version, or a digest of its text, which changes with every edit.
  public let version: String

  public init(id: String, name: String, summary: String, source: Source, version: String) {
    self.id = id
    self.name = name
    self.summary = summary
    self.source = source
    self.version = version
  }
}

/// A text file of a skill.
public struct SkillText: Sendable {
  public let skill: SkillDescription
  /// Without hidden characters.
  public let text: String
  /// How many hidden characters were removed from it.
  public let hiddenCharacters: Int
  /// Absolute path of the skill's folder.
  public let folder: String
  /// With the instructions: paths of the other files in the folder; an excerpt if there are very many.
  public let files: [String]

  public init(skill: SkillDescription, text: String, hiddenCharacters: Int, folder: String, files: [String]) {
    self.skill = skill
    self.text = text
    self.hiddenCharacters = hiddenCharacters
    self.folder = folder
    self.files = files
  }
}

/// The skills of agents. Changes on disk are effective from the next call on.
public protocol SkillService: Sendable {
  /// The skills of the agent with this folder, by ID. Invalid skills are left out.
  func skills(in folder: AgentFolder) async -> [SkillDescription]

  /// A skill's instructions, or another text file in its folder.
  /// - Parameters:
  ///   - name: Name or ID.
  ///   - file: A path inside the skill's folder; nil means the instructions.
  /// - Throws: `notFound` if there is no such skill or file, `invalidRequest` for a path outside of the folder or a
  ///   file that is too large or not text.
  func text(of name: String, file: String?, in folder: AgentFolder) async throws(ClawError) -> SkillText
}

/// For gateways without skills.
public struct NoSkills: SkillService {
  public init() {}

  public func skills(in folder: AgentFolder) async -> [SkillDescription] { [] }

  public func text(of name: String, file: String?, in folder: AgentFolder) async throws(ClawError) -> SkillText {
    throw ClawError(.notFound, "there are no skills")
  }
}
