/// `skills.list`: the skills of an agent, that is folders with instructions that it reads when it needs them.
public enum SkillsList: Method {
  public static let name = "skills.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists the skills that an agent has."

  /// The agent whose workspace is searched, in addition to the data directory.
  public struct Params: Codable, Sendable {
    /// `default` if omitted.
    public var agentId: String?
    /// By default those of the default agent.
    public init(agentId: String? = nil) { self.agentId = agentId }
  }

  /// The skills that the agent's next run would find.
  public struct Result: Codable, Sendable {
    /// Sorted by id; a skill of the workspace hides a global one with the same id.
    public var skills: [Skill]
    /// The complete list, without pages.
    public init(skills: [Skill]) { self.skills = skills }
  }

  /// A skill without its instructions.
  public struct Skill: Codable, Sendable {
    /// The name in lower case, without spaces; unique among the skills of an agent.
    public var id: String
    /// The author's spelling.
    public var name: String
    /// What it does and when to use it, one line of at most 1024 characters.
    public var description: String
    /// `workspace` (the agent's own) or `global` (of the data directory).
    public var source: String
    /// The skill's stated version, or a digest that changes with its text.
    public var version: String

    /// The entry as read from its `SKILL.md`.
    public init(id: String, name: String, description: String, source: String, version: String) {
      self.id = id
      self.name = name
      self.description = description
      self.source = source
      self.version = version
    }
  }
}

/// `skills.get`: one skill with its instructions; NOT_FOUND for a name that the agent does not have.
public enum SkillsGet: Method {
  public static let name = "skills.get"
  public static let role = MethodRole.viewer
  public static let summary = "Returns a skill with its instructions."

  /// The skill and its agent.
  public struct Params: Codable, Sendable {
    /// Name or id.
    public var name: String
    /// `default` if omitted.
    public var agentId: String?
    /// By default a skill of the default agent.
    public init(name: String, agentId: String? = nil) {
      self.name = name
      self.agentId = agentId
    }
  }

  /// The skill with its instructions, as an agent reads them.
  public struct Result: Codable, Sendable {
    /// The name in lower case, without spaces.
    public var id: String
    /// The author's spelling.
    public var name: String
    /// What it does and when to use it.
    public var description: String
    /// `workspace` (the agent's own) or `global` (of the data directory).
    public var source: String
    /// The skill's stated version, or a digest that changes with its text.
    public var version: String
    /// The body of `SKILL.md`.
    public var content: String

    /// The list entry and the skill's text.
    public init(skill: SkillsList.Skill, content: String) {
      id = skill.id
      name = skill.name
      description = skill.description
      source = skill.source
      version = skill.version
      self.content = content
    }
  }
}

extension MethodCatalog {
  /// `skills.*`
  static let skills: [any Method.Type] = [SkillsList.self, SkillsGet.self]
}
