import ClawCore
import ClawJSON

/// Identifies one state of an agent: changes with every update, and is never equal for two agents.
public struct AgentVersion: Sendable, Hashable {
  let text: String

  init(_ text: String) { self.text = text }

  public init(of agent: Agent) { text = "\(agent.id):\(agent.updatedAt.milliseconds)" }
}

/// The agents of a tenant.
public struct AgentRepository {
  let transaction: TenantTransaction

  private static let byKey = TenantStatement(
    """
    SELECT id, key, name, summary, emoji, models, prompt, workspace, created_at, updated_at
    FROM agents WHERE tenant_id = $1 AND key = $2
    """)
  private static let all = TenantStatement(
    """
    SELECT id, key, name, summary, emoji, models, prompt, workspace, created_at, updated_at
    FROM agents WHERE tenant_id = $1 ORDER BY key LIMIT $2
    """)
  private static let insert = TenantStatement(
    """
    INSERT INTO agents
      (tenant_id, id, key, name, summary, emoji, models, prompt, workspace, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (tenant_id, key) DO NOTHING
    """)
  private static let update = TenantStatement(
    """
    UPDATE agents SET name = $3, summary = $4, emoji = $5, models = $6, prompt = $7, workspace = $8,
      updated_at = CASE WHEN updated_at < $9 THEN $9 ELSE updated_at + 1 END
    WHERE tenant_id = $1 AND id = $2
    """)
  private static let remove = TenantStatement("DELETE FROM agents WHERE tenant_id = $1 AND id = $2")

  /// Most agents in a list.
  public static let maxListed = 1000

  public func agent(_ key: AgentKey) throws -> Agent? {
    try transaction.query(Self.byKey, .id(key), read: Self.agent(from:)).first
  }

  public func all() throws -> [Agent] {
    try transaction.query(Self.all, .int(Self.maxListed), read: Self.agent(from:))
  }

  /// False if the key is taken.
  public func add(_ agent: Agent) throws -> Bool {
    try transaction.execute(
      Self.insert, .id(agent.id), .id(agent.key), .text(agent.name), .text(agent.summary), .text(agent.emoji),
      .text(AgentModels.stored(agent.models)), .text(agent.prompt), .text(agent.folder.path), .time(agent.createdAt),
      .time(agent.updatedAt)) == 1
  }

  /// Updates all columns but id and key; the time of the change always increases. False if the agent does not exist.
  public func update(_ agent: Agent) throws -> Bool {
    try transaction.execute(
      Self.update, .id(agent.id), .text(agent.name), .text(agent.summary), .text(agent.emoji),
      .text(AgentModels.stored(agent.models)), .text(agent.prompt), .text(agent.folder.path), .time(agent.updatedAt))
      == 1
  }

  /// False if the agent does not exist.
  public func remove(_ id: AgentID) throws -> Bool {
    try transaction.execute(Self.remove, .id(id)) == 1
  }

  private static func agent(from row: any SQLRow) throws -> Agent {
    Agent(
      id: row.id(0), key: row.id(1), name: row.text(2), summary: row.text(3), emoji: row.text(4),
      models: try AgentModels.read(row.text(5)), prompt: row.text(6), folder: AgentFolder(path: row.text(7)),
      createdAt: row.time(8), updatedAt: row.time(9))
  }
}

extension TenantTransaction {
  public var agents: AgentRepository { AgentRepository(transaction: self) }
}
