import ClawCore

/// Running runs of a tenant, looked up through the work queue: few rows, however long the queue.
extension RunRepository {
  // CROSS JOIN: makes SQLite use this join order instead of scanning all runs of the tenant.
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
    SELECT runs.id, runs.actor_user, runs.actor, runs.abort_requested, runs.lane FROM work_queue CROSS JOIN runs
    WHERE work_queue.tenant_id = $1 AND work_queue.is_head = 1 AND work_queue.mailbox = $2
      AND runs.tenant_id = $1 AND runs.id = work_queue.id AND runs.state = 'running'
    """)

  /// Includes woken runs that no node has claimed yet. The number of a session's rows in the queue is limited by its
  /// queued messages.
  private static let waitingInSession = TenantStatement(
    """
    SELECT runs.id, runs.actor_user, runs.actor, runs.abort_requested, runs.lane FROM work_queue CROSS JOIN runs
    WHERE work_queue.tenant_id = $1 AND work_queue.mailbox = $2
      AND runs.tenant_id = $1 AND runs.id = work_queue.id AND runs.state = 'waiting'
    ORDER BY work_queue.position DESC LIMIT 1
    """)

  /// A run that has started and not ended, on any node.
  public struct BegunRun: Sendable {
    public let id: RunID
    public let actor: RunActor
    public let isAbortRequested: Bool
    public let lane: Lane
    /// Whether it is parked for a decision, a child or a date: no node works on it.
    public let isWaiting: Bool
  }

  /// The run of a session that a message can be added to: the one in progress, or else the last parked one, which is
  /// furthest in the conversation. The caller holds the lock on the session's row.
  public func begun(in session: SessionID) throws -> BegunRun? {
    try begun(Self.runningInSession, session, isWaiting: false)
      ?? begun(Self.waitingInSession, session, isWaiting: true)
  }

  private func begun(_ statement: TenantStatement, _ session: SessionID, isWaiting: Bool) throws -> BegunRun? {
    try transaction.query(statement, .id(session)) { row in
      BegunRun(
        id: row.id(0), actor: RunActor(stored: row.text(2), user: row.id(1)), isAbortRequested: row.bool(3),
        lane: Lane(rawValue: row.text(4)) ?? .main, isWaiting: isWaiting)
    }.first
  }

  /// The session of a run, and whether the run is over.
  public struct RunStatus: Sendable {
    public let address: SessionAddress
    public let isOver: Bool
  }

  /// The agents with running runs.
  public func runningAgents() throws -> Set<AgentKey> {
    Set(try transaction.query(Self.runningAgents) { $0.id(0) })
  }

  /// The running runs of an agent.
  public func running(of agent: AgentKey) throws -> [RunID] {
    try transaction.query(Self.runningOfAgent, .id(agent)) { $0.id(0) }
  }

  /// The status of some runs; runs that no longer exist are left out.
  public func statuses(of runs: [RunID]) throws -> [RunID: RunStatus] {
    let found = try query(Self.statusesByID, of: runs) { row -> (RunID, RunStatus) in
      let address = SessionAddress(tenant: transaction.tenant, user: row.id(1), key: row.id(2))
      // A state known only to a newer program is not one of the terminal states.
      return (row.id(0), RunStatus(address: address, isOver: RunState(rawValue: row.text(3))?.isTerminal ?? false))
    }
    return Dictionary(found) { first, _ in first }
  }
}
