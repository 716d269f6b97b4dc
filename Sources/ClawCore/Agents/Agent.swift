/// An agent: a prompt, models in order of preference, and a workspace directory.
public struct Agent: Sendable, Hashable {
  public let id: AgentID
  public let key: AgentKey
  public var name: String
  public var summary: String
  public var emoji: String
  /// Model names in order of preference; empty uses the gateway's default.
  public var models: [String]
  /// The agent's system prompt; empty uses the built-in one.
  public var prompt: String
  public var folder: AgentFolder
  public var createdAt: Timestamp
  public var updatedAt: Timestamp

  public init(
    id: AgentID, key: AgentKey, name: String, summary: String = "", emoji: String = "", models: [String] = [],
    prompt: String = "", folder: AgentFolder, createdAt: Timestamp, updatedAt: Timestamp
  ) {
    self.id = id
    self.key = key
    self.name = name
    self.summary = summary
    self.emoji = emoji
    self.models = models
    self.prompt = prompt
    self.folder = folder
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}
