import ClawJSON

/// `agents.list`: the agents of the tenant, whoever asks; only admins see prompts and folders.
public enum AgentsList: Method {
  public static let name = "agents.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists the agents; prompts and folders are shown to admins."
  public typealias Params = NoParams

  /// All agents of the tenant.
  public struct Result: Codable, Sendable {
    /// By id; at most 1000, which is all that a tenant may have.
    public var agents: [AgentEntry]
    /// The whole list: it has no pages.
    public init(agents: [AgentEntry]) { self.agents = agents }
  }
}

/// An agent in a list.
public struct AgentEntry: Codable, Sendable {
  /// The key by which requests name it: `[a-z0-9][a-z0-9_-]{0,63}`.
  public var id: String
  /// What people call it, 1 to 100 characters.
  public var name: String
  /// What it is for, at most 1000 characters; may be empty.
  public var description: String
  /// Its picture in lists, at most 8 characters; may be empty.
  public var emoji: String
  /// The one that is asked first; `provider` is its provider.
  public var model: String
  /// The configured provider of ``model``.
  public var provider: String
  /// The agent's own models, each as `provider/model`, in the order in which they are tried; empty if it uses the
  /// gateway's.
  public var models: [String]
  /// Whether it answers where no agent is named.
  public var isDefault: Bool
  /// Whether a run of it is under way on any node.
  public var isRunning: Bool
  /// RFC 3339, UTC.
  public var createdAt: String
  /// RFC 3339, UTC; the last `agents.update`.
  public var updatedAt: String
  /// For admins alone; empty means the built-in text.
  public var prompt: String?
  /// For admins alone.
  public var workspace: String?

  /// Prompt and folder are passed for admins and left out for all others.
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

/// `agents.create`: an agent with a folder of its own. ALREADY_EXISTS for a key in use, INVALID_REQUEST for a model
/// that no provider has, FAILED_PRECONDITION from 1000 agents on.
public enum AgentsCreate: Method {
  public static let name = "agents.create"
  public static let role = MethodRole.admin
  public static let summary = "Makes an agent, which can be talked to at once."

  /// An agent as it is to be; only the name has to be given.
  public struct Params: Codable, Sendable {
    /// What people call it, 1 to 100 characters without control characters.
    public var name: String
    /// Made from the name if it is left out.
    public var agentId: String?
    /// What it is for, at most 1000 characters.
    public var description: String?
    /// Its picture in lists, at most 8 characters.
    public var emoji: String?
    /// Its instructions, at most 65,536 bytes; empty means the built-in text.
    public var prompt: String?
    /// Its folder, below the agents' folder unless the gateway token asks; made for it if left out.
    public var workspace: String?
    /// The one to ask first; the same as the first of `models`.
    public var model: String?
    /// In the order in which they are tried.
    public var models: [String]?

    /// What is left out is empty, the gateway's own, or made from the name.
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

  /// The agent as it was made, which can be talked to at once.
  public struct Result: Codable, Sendable {
    /// Always true; an error is answered otherwise.
    public var ok: Bool
    /// The key by which requests name it.
    public var agentId: String
    /// What people call it.
    public var name: String
    /// The absolute path of its folder.
    public var workspace: String
    /// The answer, with `ok` filled in.
    public init(agentId: String, name: String, workspace: String) {
      ok = true
      self.agentId = agentId
      self.name = name
      self.workspace = workspace
    }
  }
}

/// `agents.update`: changes what is named and leaves the rest. Runs that began before go on as they were.
public enum AgentsUpdate: Method {
  public static let name = "agents.update"
  public static let role = MethodRole.admin
  public static let summary = "Changes an agent; what is left out stays as it is."

  /// Empty texts leave `name`, `workspace` and `model` as they are and clear `description`, `emoji` and `prompt`; an
  /// empty list of `models` goes back to the gateway's own.
  public struct Params: Codable, Sendable {
    /// Whom to change; the key itself never changes.
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
    /// Takes the first place in the list.
    public var model: String?
    /// In the order in which they are tried.
    public var models: [String]?

    /// Changes nothing unless told what.
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

  /// Says that later runs find the agent changed; those under way go on as they were.
  public struct Result: Codable, Sendable {
    /// Always true; an error is answered otherwise.
    public var ok: Bool
    /// The agent that was changed.
    public var agentId: String
    /// The answer, with `ok` filled in.
    public init(agentId: String) {
      ok = true
      self.agentId = agentId
    }
  }
}

/// `agents.delete`: aborts the agent's runs and removes it; its conversations stay. The default agent can't be removed.
public enum AgentsDelete: Method {
  public static let name = "agents.delete"
  public static let role = MethodRole.admin
  public static let summary = "Stops what an agent does and removes it, with its own folder; conversations stay."

  /// Whom to remove, and whether the folder goes too.
  public struct Params: Codable, Sendable {
    /// Any agent but the default one, which stays.
    public var agentId: String
    /// True if left out. Only the folder that the gateway made for the agent is ever removed.
    public var deleteFiles: Bool?
    /// Takes the folder along unless told otherwise.
    public init(agentId: String, deleteFiles: Bool? = nil) {
      self.agentId = agentId
      self.deleteFiles = deleteFiles
    }
  }

  /// What was removed.
  public struct Result: Codable, Sendable {
    /// Always true; an error is answered otherwise.
    public var ok: Bool
    /// The key that is free again.
    public var agentId: String
    /// Whether there was a folder of its own that was removed.
    public var filesDeleted: Bool
    /// Always 0: no channel is bound to an agent that is gone.
    public var removedBindings: Int
    /// The answer, with `ok` and the bindings filled in.
    public init(agentId: String, filesDeleted: Bool) {
      ok = true
      self.agentId = agentId
      self.filesDeleted = filesDeleted
      removedBindings = 0
    }
  }
}
