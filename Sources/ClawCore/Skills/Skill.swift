/// Instructions for a kind of task, which an agent reads when it has such a task.
public struct SkillDescription: Sendable, Hashable {
  /// Where a skill comes from.
  public enum Source: String, Sendable, CaseIterable {
    /// The agent's own folder; goes before the other.
    case workspace
    /// The data directory: for every agent.
    case global
  }

  /// Unique among the skills of an agent: the name in small letters, without spaces.
  public let id: String
  public let name: String
  /// What it does and when to use it: one line of at most 1,024 characters, none of them hidden.
  public let summary: String
  public let source: Source
  /// What the skill says, or else a digest of its text; the latter changes with every change.
  public let version: String

  public init(id: String, name: String, summary: String, source: Source, version: String) {
    self.id = id
    self.name = name
    self.summary = summary
    self.source = source
    self.version = version
  }
}

/// A text of a skill's folder.
public struct SkillText: Sendable {
  public let skill: SkillDescription
  /// Without hidden characters.
  public let text: String
  /// How many hidden characters were taken out of it.
  public let hiddenCharacters: Int
  /// Absolute path of the skill's folder.
  public let folder: String
  /// With the instructions, the files beside them by their paths in the folder; some where there are very many.
  public let files: [String]

  public init(skill: SkillDescription, text: String, hiddenCharacters: Int, folder: String, files: [String]) {
    self.skill = skill
    self.text = text
    self.hiddenCharacters = hiddenCharacters
    self.folder = folder
    self.files = files
  }
}

/// The skills that agents have. What changes on disk counts from the next call on.
public protocol SkillService: Sendable {
  /// The skills of the agent with this workspace, by id. A skill that can't be read is left out.
  func skills(inWorkspace workspace: String) async -> [SkillDescription]

  /// A skill's instructions, or another text of its folder.
  /// - Parameters:
  ///   - name: Name or id.
  ///   - file: A path inside of the skill's folder; nil means the instructions.
  /// - Throws: `notFound` if there is no such skill or file, `invalidRequest` for a path that leaves the folder or a
  ///   file that is too large or no text.
  func text(of name: String, file: String?, inWorkspace workspace: String) async throws(ClawError) -> SkillText
}

/// For gateways without skills.
public struct NoSkills: SkillService {
  public init() {}

  public func skills(inWorkspace workspace: String) async -> [SkillDescription] { [] }

  public func text(of name: String, file: String?, inWorkspace workspace: String) async throws(ClawError) -> SkillText {
    throw ClawError(.notFound, "there are no skills")
  }
}
