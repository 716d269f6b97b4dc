/// An agent for display.
public struct AgentDescription: Sendable {
  public let agent: Agent
  public let model: ModelReference
  public let isRunning: Bool
  /// Names of the tools available to it for the caller; empty in a list of agents.
  public let tools: [String]

  public init(agent: Agent, model: ModelReference, isRunning: Bool, tools: [String]) {
    self.agent = agent
    self.model = model
    self.isRunning = isRunning
    self.tools = tools
  }
}

/// The properties of a new agent; not validated.
public struct AgentDraft: Sendable {
  public var name: String
  /// Nil derives it from the name.
  public var key: AgentKey?
  public var summary: String
  public var emoji: String
  public var prompt: String
  /// Nil creates a directory for it.
  public var workspace: String?
  /// Model names in order of preference; empty uses the gateway's default.
  public var models: [String]

  public init(
    name: String, key: AgentKey? = nil, summary: String = "", emoji: String = "", prompt: String = "",
    workspace: String? = nil, models: [String] = []
  ) {
    self.name = name
    self.key = key
    self.summary = summary
    self.emoji = emoji
    self.prompt = prompt
    self.workspace = workspace
    self.models = models
  }
}

/// Changes to an agent; nil leaves a property unchanged.
public struct AgentChange: Sendable {
  public var name: String?
  public var summary: String?
  public var emoji: String?
  public var prompt: String?
  public var workspace: String?
  /// Becomes the first model.
  public var firstModel: String?
  /// The complete list; empty resets it to the gateway's default.
  public var models: [String]?

  public init(
    name: String? = nil, summary: String? = nil, emoji: String? = nil, prompt: String? = nil,
    workspace: String? = nil, firstModel: String? = nil, models: [String]? = nil
  ) {
    self.name = name
    self.summary = summary
    self.emoji = emoji
    self.prompt = prompt
    self.workspace = workspace
    self.firstModel = firstModel
    self.models = models
  }
}

/// The agents of a tenant. The caller has already been authorized.
public protocol AgentService: Sendable {
  func list(as principal: Principal) async throws -> [AgentDescription]
  /// - Throws: `notFound`.
  func agent(_ key: AgentKey, as principal: Principal) async throws -> AgentDescription

  /// Creates an agent and its workspace.
  /// - Throws: `invalidRequest` naming the problem, including an unknown model; `alreadyExists`; `failedPrecondition`
  ///   when there are too many.
  func create(_ draft: AgentDraft, as principal: Principal) async throws -> Agent

  /// Changes an agent; runs already started are not affected.
  /// - Throws: `notFound`, `invalidRequest`.
  func update(_ key: AgentKey, _ change: AgentChange, as principal: Principal) async throws -> Agent

  /// Aborts an agent's runs and removes it. Its sessions stay.
  /// - Parameter deletingFiles: Whether to remove its workspace too, if it was created for it.
  /// - Returns: whether a directory was removed.
  /// - Throws: `notFound`; `invalidRequest` for the default agent.
  func remove(_ key: AgentKey, deletingFiles: Bool, as principal: Principal) async throws -> Bool
}

/// Creates and removes agents' workspaces.
public protocol AgentFolders: Sendable {
  /// Creates a directory that only the gateway's user can access, and missing parents.
  func make(_ path: String) async throws

  /// Removes a directory with its content, without following links out of it.
  /// - Returns: false if it does not exist, or is not a directory.
  func remove(_ path: String) async throws -> Bool
}
