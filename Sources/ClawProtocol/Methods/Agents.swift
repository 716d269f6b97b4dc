import ClawJSON

/// `agents.list`: the agents of the tenant, for every caller; only admins see prompts and folders.
public enum AgentsList: Method {
  public static let name = "agents.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists the agents; prompts and folders are shown to admins."
  public typealias Params = NoParams

  /// All agents of the tenant.
  public struct Result: Codable, Sendable {
    /// Sorted by id; at most 1000, which is the limit of a tenant.
    public var agents: [AgentEntry]
    /// The complete list, without pages.
    public init(agents: [AgentEntry]) { self.agents = agents }
  }
}

/// An agent in a list.
public struct AgentEntry: Codable, Sendable {
  /// The key that requests use: `[a-z0-9][a-z0-9_-]{0,63}`.
  public var id: String
  /// Its display name, 1 to 100 characters.
  public var name: String
  /// Its description, at most 1000 characters; may be empty.
  public var description: String
  /// Its emoji in lists, at most 8 characters; may be empty.
  public var emoji: String
  /// The model that is tried first; `provider` is its provider.
  public var model: String
  /// The configured provider of ``model``.
  public var provider: String
  /// The agent's own models, each as `provider/model`, in order of preference; empty if it uses the gateway's default.
  public var models: [String]
  /// Whether it is used if no agent is named.
  public var isDefault: Bool
  /// Whether it has a running run on any node.
  public var isRunning: Bool
  /// RFC 3339, UTC.
  public var createdAt: String
  /// RFC 3339, UTC; the time of the last `agents.update`.
  public var updatedAt: String
  /// For admins only; empty means the built-in text.
  public var prompt: String?
  /// For admins only.
  public var workspace: String?

  /// Prompt and folder are set for admins only.
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

/// `agents.create`: creates an agent with a folder of its own. ALREADY_EXISTS for a key in use, INVALID_REQUEST for a
/// model that no provider has, FAILED_PRECONDITION if there are 1000 agents.
public enum AgentsCreate: Method {
  public static let name = "agents.create"
  public static let role = MethodRole.admin
  public static let summary = "Creates an agent."

  /// The properties of the agent; only the name is required.
  public struct Params: Codable, Sendable {
    /// Its display name, 1 to 100 characters without control characters.
    public var name: String
    /// Derived from the name if omitted.
    public var agentId: String?
    /// Its description, at most 1000 characters.
    public var description: String?
    /// Its emoji in lists, at most 8 characters.
    public var emoji: String?
    /// Its instructions, at most 65,536 bytes; empty means the built-in text.
    public var prompt: String?
    /// Its folder, which must be below the agents' folder unless the caller has the gateway token; created for it if
    /// omitted.
    public var workspace: String?
    /// The model to try first; the same as the first of `models`.
    public var model: String?
    /// In order of preference.
    public var models: [String]?

    /// Omitted fields are empty, use the gateway's default, or are derived from the name.
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

  /// The created agent, which can be used at once.
  public struct Result: Codable, Sendable {
    /// Always true; failures are reported as errors.
    public var ok: Bool
    /// The key that requests use.
    public var agentId: String
    /// Its display name.
    public var name: String
    /// The absolute path of its folder.
    public var workspace: String
    /// The result, with `ok` set.
    public init(agentId: String, name: String, workspace: String) {
      ok = true
      self.agentId = agentId
      self.name = name
      self.workspace = workspace
    }
  }
}

/// `agents.update`: changes the given properties and leaves the others unchanged. Runs already started are not
/// affected.
public enum AgentsUpdate: Method {
  public static let name = "agents.update"
  public static let role = MethodRole.admin
  public static let summary = "Changes an agent; what is left out stays as it is."

  /// Empty strings leave `name`, `workspace` and `model` unchanged and clear `description`, `emoji` and `prompt`; an
  /// empty list of `models` resets it to the gateway's default.
  public struct Params: Codable, Sendable {
    /// The agent to change; the key itself can't be changed.
    public var agentId: String
    /// 1 to 100 characters without control characters.
    public var name: String?
    /// At most 1000 characters.
    public var description: String?
    /// At most 8 characters.
    public var emoji: String?
    /// At most 65,536 bytes.
    public var prompt: String?
    /// Another folder; files are not moved.
    public var workspace: String?
    /// Becomes the first in the list.
    public var model: String?
    /// In order of preference.
    public var models: [String]?

    /// Changes nothing by default.
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

  /// Later runs use the changed agent; those already started do not.
  public struct Result: Codable, Sendable {
    /// Always true; failures are reported as errors.
    public var ok: Bool
    /// The agent that was changed.
    public var agentId: String
    /// The result, with `ok` set.
    public init(agentId: String) {
      ok = true
      self.agentId = agentId
    }
  }
}

/// `agents.delete`: aborts the agent's runs and removes it; its sessions stay. The default agent can't be removed.
public enum AgentsDelete: Method {
  public static let name = "agents.delete"
  public static let role = MethodRole.admin
  public static let summary = "Aborts an agent's runs and removes it with its folder; sessions stay."

  /// The agent to remove, and whether to remove its folder.
  public struct Params: Codable, Sendable {
    /// Any agent but the default one.
    public var agentId: String
    /// True if omitted. Only a folder that the gateway created for the agent is ever removed.
    public var deleteFiles: Bool?
    /// Removes the folder by default.
    public init(agentId: String, deleteFiles: Bool? = nil) {
      self.agentId = agentId
      self.deleteFiles = deleteFiles
    }
  }

  /// The result of the removal.
  public struct Result: Codable, Sendable {
    /// Always true; failures are reported as errors.
    public var ok: Bool
    /// The key, which can be used again.
    public var agentId: String
    /// Whether a folder of its own was removed.
    public var filesDeleted: Bool
    /// Always 0: no channel is bound to a removed agent.
    public var removedBindings: Int
    /// The result, with `ok` and the bindings set.
    public init(agentId: String, filesDeleted: Bool) {
      ok = true
      self.agentId = agentId
      self.filesDeleted = filesDeleted
      removedBindings = 0
    }
  }
}

extension MethodCatalog {
  /// `agents.*`
  static let agents: [any Method.Type] = [AgentsList.self, AgentsCreate.self, AgentsUpdate.self, AgentsDelete.self]
}
