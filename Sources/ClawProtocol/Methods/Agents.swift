import ClawJSON

/// Lists agents.
public enum AgentsList: Method {
  public static let name = "agents.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists the agents; prompts and folders are shown to admins."
  public typealias Params = NoParams

  public struct Result: Codable, Sendable {
    public var agents: [AgentEntry]
    public init(agents: [AgentEntry]) { self.agents = agents }
  }
}

/// An agent in a list.
public struct AgentEntry: Codable, Sendable {
  public var id: String
  public var name: String
  public var description: String
  public var emoji: String
  /// The one that is asked first; `provider` is its provider.
  public var model: String
  public var provider: String
  /// The agent's own models, each as `provider/model`, in the order in which they are tried; empty if it uses the
  /// gateway's.
  public var models: [String]
  public var isDefault: Bool
  public var isRunning: Bool
  public var createdAt: String
  public var updatedAt: String
  /// For admins alone; empty means the built-in text.
  public var prompt: String?
  /// For admins alone.
  public var workspace: String?

  public init(
    id: String, name: String, description: String, emoji: String, model: String, provider: String, models: [String],
    isDefault: Bool, isRunning: Bool, createdAt: String, updatedAt: String, prompt: String? = nil,
    workspace: String? = nil
  ) {
    self.id = id
    self.name = name
    self.description = description
    self.emoji = emoji
    self.model = model
    self.provider = provider
    self.models = models
    self.isDefault = isDefault
    self.isRunning = isRunning
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.prompt = prompt
    self.workspace = workspace
  }
}

/// Makes an agent.
public enum AgentsCreate: Method {
  public static let name = "agents.create"
  public static let role = MethodRole.admin
  public static let summary = "Makes an agent, which can be talked to at once."

  public struct Params: Codable, Sendable {
    public var name: String
    /// Made from the name if it is left out.
    public var agentId: String?
    public var description: String?
    public var emoji: String?
    public var prompt: String?
    public var workspace: String?
    /// The one to ask first; the same as the first of `models`.
    public var model: String?
    /// In the order in which they are tried.
    public var models: [String]?

    public init(
      name: String, agentId: String? = nil, description: String? = nil, emoji: String? = nil, prompt: String? = nil,
      workspace: String? = nil, model: String? = nil, models: [String]? = nil
    ) {
      self.name = name
      self.agentId = agentId
      self.description = description
      self.emoji = emoji
      self.prompt = prompt
      self.workspace = workspace
      self.model = model
      self.models = models
    }
  }

  public struct Result: Codable, Sendable {
    public var ok: Bool
    public var agentId: String
    public var name: String
    public var workspace: String
    public init(agentId: String, name: String, workspace: String) {
      ok = true
      self.agentId = agentId
      self.name = name
      self.workspace = workspace
    }
  }
}

/// Changes an agent.
public enum AgentsUpdate: Method {
  public static let name = "agents.update"
  public static let role = MethodRole.admin
  public static let summary = "Changes an agent; what is left out stays as it is."

  /// Empty texts leave `name`, `workspace` and `model` as they are and clear `description`, `emoji` and `prompt`; an
  /// empty list of `models` goes back to the gateway's own.
  public struct Params: Codable, Sendable {
    public var agentId: String
    public var name: String?
    public var description: String?
    public var emoji: String?
    public var prompt: String?
    public var workspace: String?
    /// Takes the first place in the list.
    public var model: String?
    /// In the order in which they are tried.
    public var models: [String]?

    public init(
      agentId: String, name: String? = nil, description: String? = nil, emoji: String? = nil, prompt: String? = nil,
      workspace: String? = nil, model: String? = nil, models: [String]? = nil
    ) {
      self.agentId = agentId
      self.name = name
      self.description = description
      self.emoji = emoji
      self.prompt = prompt
      self.workspace = workspace
      self.model = model
      self.models = models
    }
  }

  public struct Result: Codable, Sendable {
    public var ok: Bool
    public var agentId: String
    public init(agentId: String) {
      ok = true
      self.agentId = agentId
    }
  }
}

/// Removes an agent.
public enum AgentsDelete: Method {
  public static let name = "agents.delete"
  public static let role = MethodRole.admin
  public static let summary = "Stops what an agent does and removes it, with its own folder; conversations stay."

  public struct Params: Codable, Sendable {
    public var agentId: String
    /// True if left out. Only the folder that the gateway made for the agent is ever removed.
    public var deleteFiles: Bool?
    public init(agentId: String, deleteFiles: Bool? = nil) {
      self.agentId = agentId
      self.deleteFiles = deleteFiles
    }
  }

  public struct Result: Codable, Sendable {
    public var ok: Bool
    public var agentId: String
    /// Whether there was a folder of its own that was removed.
    public var filesDeleted: Bool
    /// Always 0: no channel is bound to an agent that is gone.
    public var removedBindings: Int
    public init(agentId: String, filesDeleted: Bool) {
      ok = true
      self.agentId = agentId
      self.filesDeleted = filesDeleted
      removedBindings = 0
    }
  }
}
