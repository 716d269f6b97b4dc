/// The skills of an agent.
public enum SkillsList: Method {
  public static let name = "skills.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists the skills that an agent has."

  public struct Params: Codable, Sendable {
    public var agentId: String?
    public init(agentId: String? = nil) { self.agentId = agentId }
  }

  public struct Result: Codable, Sendable {
    public var skills: [Skill]
    public init(skills: [Skill]) { self.skills = skills }
  }

  public struct Skill: Codable, Sendable {
    public var id: String
    public var name: String
    public var description: String
    /// `workspace` (the agent's own) or `global` (of the data directory).
    public var source: String
    public var version: String

    public init(id: String, name: String, description: String, source: String, version: String) {
      self.id = id
      self.name = name
      self.description = description
      self.source = source
      self.version = version
    }
  }
}

/// One skill with its instructions.
public enum SkillsGet: Method {
  public static let name = "skills.get"
  public static let role = MethodRole.viewer
  public static let summary = "Returns a skill with its instructions."

  public struct Params: Codable, Sendable {
    /// Name or id.
    public var name: String
    public var agentId: String?
    public init(name: String, agentId: String? = nil) {
      self.name = name
      self.agentId = agentId
    }
  }

  public struct Result: Codable, Sendable {
    public var id: String
    public var name: String
    public var description: String
    public var source: String
    public var version: String
    /// The body of `SKILL.md`.
    public var content: String

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
