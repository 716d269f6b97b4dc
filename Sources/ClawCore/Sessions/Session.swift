/// The address of a session: the same key of two users denotes two sessions.
public struct SessionAddress: Sendable, Hashable {
  public let tenant: TenantID
  public let user: UserID
  public let key: SessionKey

  public init(tenant: TenantID, user: UserID, key: SessionKey) {
    self.tenant = tenant
    self.user = user
    self.key = key
  }
}

/// A session in a list.
public struct SessionSummary: Sendable, Hashable {
  public let address: SessionAddress
  public let id: SessionID
  public let agent: AgentKey
  public let label: String
  /// The channel of its first message.
  public let channel: String
  public let messageCount: Int64
  public let model: String
  public let inputTokens: Int64
  public let outputTokens: Int64
  public let createdAt: Timestamp
  public let updatedAt: Timestamp
  public let isRunning: Bool

  public init(
    address: SessionAddress, id: SessionID, agent: AgentKey, label: String, channel: String, messageCount: Int64,
    model: String, inputTokens: Int64, outputTokens: Int64, createdAt: Timestamp, updatedAt: Timestamp,
    isRunning: Bool
  ) {
    self.address = address
    self.id = id
    self.agent = agent
    self.label = label
    self.channel = channel
    self.messageCount = messageCount
    self.model = model
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.isRunning = isRunning
  }
}
