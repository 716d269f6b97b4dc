import ClawJSON

/// Row-level security, the second barrier between tenants on PostgreSQL: even if a statement lacks a condition, the
/// server restricts reads and writes to the transaction's tenant. Applies to the owner of the tables too.
struct RowPolicies: Sendable {
  let role: String

  /// Tables that are needed before a tenant is known, or across tenants. They hold no user text.
  static let nodeWide = Set(Tables.all.filter { $0.scope != .tenant }.map(\.name) + ["schema_migrations"])

  /// Tables whose primary key begins with the tenant, and whether row-level security is forced on the owner.
  private static let tables = """
    SELECT c.relname, c.relforcerowsecurity FROM pg_class c
    JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
    WHERE c.relkind = 'r' AND c.relnamespace = CAST(current_schema() AS regnamespace) AND a.attname = 'tenant_id'
    ORDER BY c.relname
    """
  private static let policies = """
    SELECT tablename FROM pg_policies WHERE schemaname = current_schema() AND policyname = 'tenant_rows'
    """

  private func tables(on connection: any DatabaseConnection) throws -> [(name: String, isForced: Bool)] {
    try connection.query(Self.tables, []) { (name: $0.text(0), isForced: $0.bool(1)) }
      .filter { !Self.nodeWide.contains($0.name) }
  }

  /// Lets a migration see all rows until its transaction ends.
  func loosen(on connection: any DatabaseConnection) throws {
    for table in try tables(on: connection) where table.isForced {
      try connection.execute("ALTER TABLE \(PostgresText.name(table.name)) NO FORCE ROW LEVEL SECURITY", [])
    }
  }

  /// Creates the policies of all existing tables, and grants the service role access.
  func tighten(on connection: any DatabaseConnection) throws {
    let guarded = UTF8Set(try connection.query(Self.policies, []) { $0.text(0) })
    for table in try tables(on: connection) {
      let name = PostgresText.name(table.name)
      try connection.execute(
        "ALTER TABLE \(name) ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY", [])
      guard !guarded.contains(table.name) else { continue }
      try connection.execute(
        """
        CREATE POLICY tenant_rows ON \(name)
        USING (tenant_id = current_setting('swiftclaw.tenant', true))
        WITH CHECK (tenant_id = current_setting('swiftclaw.tenant', true))
        """, [])
    }
    let schema = try connection.query("SELECT current_schema()", []) { PostgresText.name($0.text(0)) }.first ?? "public"
    let role = PostgresText.name(role)
    try connection.execute("GRANT USAGE ON SCHEMA \(schema) TO \(role)", [])
    try connection.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA \(schema) TO \(role)", [])
    // Only the owner writes the list of applied migrations.
    try connection.execute("REVOKE INSERT, UPDATE, DELETE ON schema_migrations FROM \(role)", [])
  }
}
