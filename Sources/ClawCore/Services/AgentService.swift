/// An agent as people see it.
public struct AgentDescription: Sendable {
  public let agent: Agent
  public let model: ModelReference
  public let isRunning: Bool
  /// Names of the tools that it may use for the caller; empty in a list of agents.
  public let tools: [String]

  public init(agent: Agent, model: ModelReference, isRunning: Bool, tools: [String]) {
    self.agent = agent
    self.model = model
    self.isRunning = isRunning
    self.tools = tools
  }
}

/// A new agent as somebody wants it; nothing in it was checked.
public struct AgentDraft: Sendable {
  public var name: String
  /// Nil makes one from the name.
  public var key: AgentKey?
  public var summary: String
  public var emoji: String
  public var prompt: String
  /// Nil for a folder that is made for it.
  public var workspace: String?
  /// Names of models in the order in which they are tried; empty means the gateway's own.
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

/// What is to change of an agent; nil stays as it is.
public struct AgentChange: Sendable {
  public var name: String?
  public var summary: String?
  public var emoji: String?
  public var prompt: String?
  public var workspace: String?
  /// The model that takes the first place.
  public var firstModel: String?
  /// The whole list; empty goes back to the gateway's own.
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

/// The agents of a tenant. Whether the caller may change them is decided before.
public protocol AgentService: Sendable {
  func list(as principal: Principal) async throws -> [AgentDescription]
  /// - Throws: `notFound`.
  func agent(_ key: AgentKey, as principal: Principal) async throws -> AgentDescription

  /// Makes an agent and its folder.
  /// - Throws: `invalidRequest` naming what is wrong, a model that no provider has included; `alreadyExists`;
  ///   `failedPrecondition` when there are too many.
  func create(_ draft: AgentDraft, as principal: Principal) async throws -> Agent

  /// Changes an agent; runs that began before go on as they were.
  /// - Throws: `notFound`, `invalidRequest`.
  func update(_ key: AgentKey, _ change: AgentChange, as principal: Principal) async throws -> Agent

  /// Stops what an agent does and removes it. Its conversations stay.
  /// - Parameter deletingFiles: Whether its folder goes too, if it is the one that was made for it.
  /// - Returns: whether a folder was removed.
  /// - Throws: `notFound`; `invalidRequest` for the default agent.
  func remove(_ key: AgentKey, deletingFiles: Bool, as principal: Principal) async throws -> Bool
}

/// Makes and removes the folders of agents.
public protocol AgentFolders: Sendable {
  /// Makes a folder that only the gateway's user can look into, and those above it that are missing.
  func make(_ path: String) async throws

  /// Removes a folder with all that is in it, never following a link out of it.
  /// - Returns: false if there is none, or if the path is no folder.
  func remove(_ path: String) async throws -> Bool
}
