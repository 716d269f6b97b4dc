extension InitialSchema {
  /// Token budgets of tenants, users and agents.
  static func budgetTables(_ dialect: SQLDialect) -> [String] {
    [
      // user_id and agent_key null: of all of them together. period_ms 0: no renewal. used_tokens: since period_start.
      // Reservations are in runs.reserved_tokens.
      """
      CREATE TABLE budgets (
        tenant_id TEXT NOT NULL,
        id TEXT NOT NULL,
        user_id TEXT,
        agent_key TEXT,
        max_tokens BIGINT NOT NULL,
        used_tokens BIGINT NOT NULL,
        period_ms BIGINT NOT NULL,
        period_start BIGINT NOT NULL,
        created_at BIGINT NOT NULL,
        updated_at BIGINT NOT NULL,
        PRIMARY KEY (tenant_id, id)
      )\(dialect.clustered)
      """
    ]
  }

  /// Declarations of the table of budgets.
  static let budgetDeclarations: [TableDeclaration] = [
    TableDeclaration(
      "budgets", .tenant, key: ["id"], users: [.owner("user_id")],
      export: .columns([
        .text("id"), .text("user_id"), .text("agent_key"), .number("max_tokens"), .number("used_tokens"),
        .number("period_ms"), .number("period_start"), .number("created_at"), .number("updated_at"),
      ]))
  ]
}
