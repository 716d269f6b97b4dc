import ClawCore

/// Budgets, and their reservations by runs in progress.
///
/// A reservation is a column of its run (`runs.reserved_tokens`). Every statement that ends the run, stores an answer
/// of its model or restarts it sets the column to 0, and it is removed with the run's row, so no reservation can leak.
/// Runs that no node has claimed are not counted.
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
  /// Also locks the rows: of two concurrent reservations, the second sees the first.
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
  // CROSS JOIN makes SQLite use this table order instead of scanning all past runs of the tenant.
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

  /// Limit of budgets per tenant.
  public static let maxBudgets = 1000

  /// Adds a budget, or changes the limits of the one with the same id.
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

  /// The budgets that apply, in their current state: expired periods have been renewed. They stay locked until the
  /// transaction ends.
  public func open(for user: UserID, _ agent: AgentKey, at time: Timestamp) throws -> [Budget] {
    try transaction.query(Self.open, .id(user), .id(agent), .time(time), read: Self.budget(from:))
  }

  /// Tokens reserved by runs in progress.
  public struct Reserved: Sendable, Hashable {
    public let user: UserID
    public let agent: AgentKey
    public let tokens: Int64
  }

  /// The reservations of all runs but one.
  public func reserved(except run: RunID) throws -> [Reserved] {
    try transaction.query(Self.reserved, .id(run)) { row in
      Reserved(user: row.id(0), agent: row.id(1), tokens: row.integer(2))
    }
  }

  /// Reserves tokens for a run, replacing its earlier reservation. The caller holds the lock on the session's row.
  /// - Returns: False if the run has ended.
  public func reserve(_ tokens: Int64, for run: RunID) throws -> Bool {
    try transaction.execute(Self.reserve, .id(run), .integer(tokens)) == 1
  }

  /// Charges all budgets that apply, pipelined. Must follow all session locks of the transaction, since the rows of
  /// budgets are shared by many sessions.
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
