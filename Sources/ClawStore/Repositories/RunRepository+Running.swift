import ClawCore

/// What runs in a tenant, found by way of the queue of work: few rows, however many wait.
extension RunRepository {
  // CROSS JOIN: SQLite takes the tables in this order, and not all runs that the tenant ever had.
  private static let runningAgents = TenantStatement(
    """
    SELECT DISTINCT runs.agent_key FROM work_queue CROSS JOIN runs
    WHERE work_queue.tenant_id = $1 AND work_queue.owner > ''
      AND runs.tenant_id = $1 AND runs.id = work_queue.id AND runs.state = 'running'
    """)
  private static let runningOfAgent = TenantStatement(
    """
    SELECT runs.id FROM work_queue CROSS JOIN runs
    WHERE work_queue.tenant_id = $1 AND work_queue.owner > ''
      AND runs.tenant_id = $1 AND runs.id = work_queue.id AND runs.state = 'running' AND runs.agent_key = $2
    """)
  private static let statusesByID = TenantStatement(
    """
    SELECT id, user_id, session_key, state FROM runs
    WHERE tenant_id = $1 AND id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
      AND EXISTS (SELECT 1 FROM sessions WHERE sessions.tenant_id = $1 AND sessions.id = runs.session_id)
    """)

  private static let runningInSession = TenantStatement(
    """
    SELECT runs.id, runs.actor_user, runs.actor, runs.abort_requested FROM work_queue CROSS JOIN runs
    WHERE work_queue.tenant_id = $1 AND work_queue.is_head = 1 AND work_queue.mailbox = $2
      AND runs.tenant_id = $1 AND runs.id = work_queue.id AND runs.state = 'running'
    """)

  /// A run that has begun and not ended, on whatever node.
  public struct RunningRun: Sendable {
    public let id: RunID
    public let actor: RunActor
    public let isAbortRequested: Bool
  }

  /// The run of a session that is under way, if one is. Whoever asks holds the session's row.
  public func running(in session: SessionID) throws -> RunningRun? {
    try transaction.query(Self.runningInSession, .id(session)) { row in
      RunningRun(
        id: row.id(0), actor: RunActor(stored: row.text(2), user: row.id(1)), isAbortRequested: row.bool(3))
    }.first
  }

  /// Where a run is, and how it stands.
  public struct RunStatus: Sendable {
    public let address: SessionAddress
    public let isOver: Bool
  }

  /// The agents that have something running.
  public func runningAgents() throws -> Set<AgentKey> {
    Set(try transaction.query(Self.runningAgents) { $0.id(0) })
  }

  /// The runs of an agent that go on now.
  public func running(of agent: AgentKey) throws -> [RunID] {
    try transaction.query(Self.runningOfAgent, .id(agent)) { $0.id(0) }
  }

  /// How some runs stand; those that are gone are not in it.
  public func statuses(of runs: [RunID]) throws -> [RunID: RunStatus] {
    let found = try query(Self.statusesByID, of: runs) { row -> (RunID, RunStatus) in
      let address = SessionAddress(tenant: transaction.tenant, user: row.id(1), key: row.id(2))
      // A state that only a newer program knows is no end that this one could tell of.
      return (row.id(0), RunStatus(address: address, isOver: RunState(rawValue: row.text(3))?.isTerminal ?? false))
    }
    return Dictionary(found) { first, _ in first }
  }
}
