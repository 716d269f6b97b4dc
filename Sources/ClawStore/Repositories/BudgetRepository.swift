import ClawCore

/// Budgets, and what the runs under way have reserved of them.
///
/// A reservation is a column of its run (`runs.reserved_tokens`). Whatever ends the run, stores an answer of its model or
/// begins it anew sets it to 0 in the same statement, and it goes with the run's row, so that none can leak. Runs that no
/// node has in hand are not counted.
public struct BudgetRepository {
  let transaction: TenantTransaction

  private static let put = TenantStatement(
    """
    INSERT INTO budgets
      (tenant_id, id, user_id, agent_key, max_tokens, used_tokens, period_ms, period_start, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, 0, $6, $7, $7, $7)
    ON CONFLICT (tenant_id, id) DO UPDATE SET
      used_tokens = CASE
        WHEN COALESCE(budgets.user_id, '') = COALESCE(excluded.user_id, '')
          AND COALESCE(budgets.agent_key, '') = COALESCE(excluded.agent_key, '') THEN budgets.used_tokens ELSE 0 END,
      user_id = excluded.user_id, agent_key = excluded.agent_key, max_tokens = excluded.max_tokens,
      period_ms = excluded.period_ms, updated_at = excluded.updated_at
    """)
  private static let all = TenantStatement(
    """
    SELECT id, user_id, agent_key, max_tokens, used_tokens, period_ms, period_start FROM budgets
    WHERE tenant_id = $1 ORDER BY id LIMIT $2
    """)
  private static let count = TenantStatement("SELECT COUNT(*) FROM budgets WHERE tenant_id = $1")
  private static let remove = TenantStatement("DELETE FROM budgets WHERE tenant_id = $1 AND id = $2")
  /// Locks the rows too: of two runs that reserve at the same moment the second one sees what the first reserved.
  private static let open = TenantStatement(
    """
    UPDATE budgets SET
      used_tokens = CASE WHEN period_ms > 0 AND $4 >= period_start + period_ms THEN 0 ELSE used_tokens END,
      period_start = CASE WHEN period_ms > 0 AND $4 >= period_start + period_ms
        THEN $4 - ($4 - period_start) % period_ms ELSE period_start END
    WHERE tenant_id = $1 AND (user_id IS NULL OR user_id = $2) AND (agent_key IS NULL OR agent_key = $3)
    RETURNING id, user_id, agent_key, max_tokens, used_tokens, period_ms, period_start
    """)
  private static let spend = TenantStatement(
    """
    UPDATE budgets SET used_tokens = used_tokens + $4
    WHERE tenant_id = $1 AND (user_id IS NULL OR user_id = $2) AND (agent_key IS NULL OR agent_key = $3)
    """)
  // CROSS JOIN: SQLite takes the tables in this order, and not all runs that the tenant ever had.
  private static let reserved = TenantStatement(
    """
    SELECT runs.user_id, runs.agent_key, CAST(SUM(runs.reserved_tokens) AS BIGINT)
    FROM work_queue CROSS JOIN runs
    WHERE work_queue.tenant_id = $1 AND work_queue.owner > ''
      AND runs.tenant_id = $1 AND runs.id = work_queue.id AND runs.reserved_tokens > 0 AND runs.id <> $2
    GROUP BY runs.user_id, runs.agent_key
    """)
  private static let reserve = TenantStatement(
    "UPDATE runs SET reserved_tokens = $3 WHERE tenant_id = $1 AND id = $2 AND state = 'running'")

  /// Most budgets of one tenant.
  public static let maxBudgets = 1000

  /// Adds a budget, or changes the bounds of the one of the same id.
  public func put(_ budget: Budget, at time: Timestamp) throws {
    try transaction.execute(
      Self.put, .text(budget.id), .optional(budget.user?.rawValue), .optional(budget.agent?.rawValue),
      .integer(budget.maxTokens), .integer(budget.period?.milliseconds ?? 0), .time(time))
  }

  /// In the order of their ids.
  public func all() throws -> [Budget] {
    try transaction.query(Self.all, .int(Self.maxBudgets), read: Self.budget(from:))
  }

  public func count() throws -> Int { try transaction.query(Self.count) { $0.int(0) }.first ?? 0 }

  /// False if there is no such budget.
  public func remove(_ id: String) throws -> Bool { try transaction.execute(Self.remove, .text(id)) == 1 }

  /// The budgets that apply, as they stand now: those whose period is over have begun the next one. Until the
  /// transaction ends nobody else reserves or spends anything of them.
  public func open(for user: UserID, _ agent: AgentKey, at time: Timestamp) throws -> [Budget] {
    try transaction.query(Self.open, .id(user), .id(agent), .time(time), read: Self.budget(from:))
  }

  /// Tokens that runs under way have reserved.
  public struct Reserved: Sendable, Hashable {
    public let user: UserID
    public let agent: AgentKey
    public let tokens: Int64
  }

  /// What all runs but one have reserved.
  public func reserved(except run: RunID) throws -> [Reserved] {
    try transaction.query(Self.reserved, .id(run)) { row in
      Reserved(user: row.id(0), agent: row.id(1), tokens: row.integer(2))
    }
  }

  /// Reserves tokens for a run, in place of what it had reserved. The caller holds the session's row.
  /// - Returns: false if the run is not under way any more.
  public func reserve(_ tokens: Int64, for run: RunID) throws -> Bool {
    try transaction.execute(Self.reserve, .id(run), .integer(tokens)) == 1
  }

  /// Counts what was spent, in all budgets that apply; waits for no answer. It comes after all that locks a session, since
  /// its rows are those of many sessions.
  public func spend(_ tokens: Int64, by user: UserID, on agent: AgentKey) throws {
    try transaction.executePipelined(Self.spend, .id(user), .id(agent), .integer(tokens))
  }

  private static func budget(from row: any SQLRow) -> Budget {
    let period = row.integer(5)
    return Budget(
      id: row.text(0), user: row.optionalID(1), agent: row.optionalID(2), maxTokens: row.integer(3),
      period: period > 0 ? .milliseconds(period) : nil, usedTokens: row.integer(4), periodStart: row.time(6))
  }
}

extension TenantTransaction {
  public var budgets: BudgetRepository { BudgetRepository(transaction: self) }
}
