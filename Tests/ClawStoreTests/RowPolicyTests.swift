import ClawCore
import Foundation
import PostgresTesting
import Testing

@testable import ClawStore

/// The second barrier between tenants, tested below the store.
@Suite("S12: rows on PostgreSQL", .timeLimit(.minutes(10)))
struct RowPolicyTests {
  private static let role = PostgresText.name(PostgresConfiguration.defaultRole)

  /// A database with messages of two tenants.
  private func withTenants(_ body: (AdminConnection, Store) async throws -> Void) async throws {
    let database = try await PostgresTestDatabase.make()
    let store = try await Store.openPostgres(PostgresConfiguration(dsn: database.dsn, pool: 2))
    try await say("of acme", in: address("main"), store)
    try await say("of other", in: address("main", in: other), store)
    try await body(try AdminConnection(database.dsn), store)
    await store.close()
  }

  @Test("the serving role sees nothing without a tenant, and only that tenant's with one")
  func visible() async throws {
    try await withTenants { (admin, _) async throws in
      let read = "SELECT DISTINCT tenant_id FROM messages"
      #expect(try admin.run("BEGIN; SET LOCAL ROLE \(Self.role); \(read)").isEmpty)
      #expect(try admin.run("SET LOCAL swiftclaw.tenant = ''; \(read)").isEmpty)
      #expect(try admin.run("SET LOCAL swiftclaw.tenant = 'acme'; \(read)") == [["acme"]])
      #expect(try admin.run("\(read) WHERE tenant_id = 'other'").isEmpty)
      #expect(try admin.run("UPDATE messages SET body = 'x' WHERE tenant_id = 'other' RETURNING seq").isEmpty)
      #expect(try admin.run("DELETE FROM sessions WHERE tenant_id = 'other' RETURNING id").isEmpty)
      try admin.run("ROLLBACK")
      // Nothing of it outlives the transaction; a superuser sees everything.
      #expect(try admin.run("\(read) ORDER BY tenant_id") == [["acme"], ["other"]])
    }
  }

  @Test("a row that says it is another tenant's is refused")
  func forged() async throws {
    try await withTenants { (admin, _) async throws in
      let forged = """
        INSERT INTO rate_buckets (tenant_id, user_id, level, filled_at) VALUES ('other', 'u', 0, 0)
        """
      try admin.run("BEGIN; SET LOCAL ROLE \(Self.role); SET LOCAL swiftclaw.tenant = 'acme'")
      #expect(throws: AdminConnection.Failed.self) { try admin.run(forged) }
      try admin.run("ROLLBACK; BEGIN; SET LOCAL ROLE \(Self.role); SET LOCAL swiftclaw.tenant = 'acme'")
      #expect(throws: AdminConnection.Failed.self) { try admin.run("UPDATE messages SET tenant_id = 'other'") }
      try admin.run("ROLLBACK")
    }
  }

  @Test("a statement that forgets its tenant gets no other's rows, though the connection is a superuser's")
  func forgotten() async throws {
    try await withTenants { (_, store) async throws in
      let forgetful = "SELECT tenant_id FROM messages"
      let seen = try await store.database.read(as: .tenant(acme)) { try $0.query(forgetful, []) { $0.text(0) } }
      #expect(seen == ["acme"])
      #expect(try await store.database.write(as: .node) { try $0.query(forgetful, []) { $0.text(0) } }.isEmpty)
      let user = try await store.database.read(as: .node) { try $0.query("SELECT current_user", []) { $0.text(0) } }
      #expect(user == [PostgresConfiguration.defaultRole])
      // Names that would break out of a quoted literal.
      let odd = TenantID(unchecked: "a'; RESET ROLE; --\u{0}")
      #expect(try await store.database.read(as: .tenant(odd)) { try $0.query(forgetful, []) { $0.text(0) } }.isEmpty)
    }
  }

  @Test("every tenant's table is guarded, its owner included, and the role can't escape")
  func everyTable() async throws {
    try await withTenants { (admin, _) async throws in
      let rows = try admin.run(
        """
        SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity, count(p.polname)
        FROM pg_class c LEFT JOIN pg_policy p ON p.polrelid = c.oid
        WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace GROUP BY 1, 2 ORDER BY 1
        """)
      let guarded = rows.filter { $0[1] == "t" && $0[2] == "1" }.compactMap { $0[0] }
      let open = rows.filter { $0[1] == "f" && $0[2] == "0" }.compactMap { $0[0] }
      #expect(guarded.count >= 10 && guarded.count + open.count == rows.count)
      #expect(Set(open).isSubset(of: RowPolicies.nodeWide))
      let made = Migration.all.flatMap { $0.statements(.postgres) }.compactMap { text in
        text.firstMatch(of: /CREATE TABLE (\w+)/).map { String($0.1) }
      }
      #expect(Set(made).subtracting(RowPolicies.nodeWide) == Set(guarded))
      let role = try admin.run(
        """
        SELECT rolsuper OR rolbypassrls OR rolcanlogin,
          (SELECT count(*) FROM pg_class WHERE relowner = pg_roles.oid)
        FROM pg_roles WHERE rolname = '\(PostgresConfiguration.defaultRole)'
        """)
      #expect(role == [["f", "0"]])
    }
  }

  @Test("a role that would escape is refused")
  func escapingRole() async throws {
    let database = try await PostgresTestDatabase.make(isEmpty: true)
    let refused = await code {
      _ = try await Store.openPostgres(PostgresConfiguration(dsn: database.dsn, role: "postgres"))
    }
    #expect(refused == .failedPrecondition)
  }

  @Test("an owner who is no superuser migrates too, and a later step sees the rows of all tenants")
  func plainOwner() async throws {
    let database = try await PostgresTestDatabase.make(isEmpty: true)
    let admin = try AdminConnection(database.dsn)
    let owner = "owner_" + (database.dsn.split(separator: "_").last.map(String.init) ?? "x")
    try admin.run("CREATE ROLE \(owner) LOGIN; GRANT \(Self.role) TO \(owner); ALTER SCHEMA public OWNER TO \(owner)")
    let dsn = database.dsn.replacingOccurrences(of: "user=postgres", with: "user=\(owner)")
    let step = Migration(version: 999, name: "later") { _ in ["UPDATE messages SET body = 'seen'"] }
    let configuration = PostgresConfiguration(dsn: dsn, pool: 2)
    let store = try await Store.openPostgres(configuration)
    try await say("of acme", in: address("main"), store)
    try await say("of other", in: address("main", in: other), store)
    let migrator = Migrator(database: store.database, dialect: .postgres, migrations: Migration.all + [step])
    #expect(try await migrator.migrate(at: start) == ["later"])
    #expect(try admin.run("SELECT DISTINCT body FROM messages") == [["seen"]])
    // Protected again: not even the owner sees them outside of a tenant's transaction.
    #expect(try await store.database.read(as: .owner) { try $0.query("SELECT 1 FROM messages", []) { _ in 1 } }.isEmpty)
    await store.close()
    try admin.run("DROP OWNED BY \(owner) CASCADE")
  }
}
