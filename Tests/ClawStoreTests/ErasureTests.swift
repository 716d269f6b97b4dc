import ClawCore
import ClawJSON
import Testing

@testable import ClawStore

/// One row in every table with tenants, including future tables.
@Suite("S36: erasing and exporting")
struct ErasureTests {
  private struct Table: Sendable {
    let name: String
    let columns: [(name: String, isText: Bool)]
  }

  private static func tables(_ connection: any DatabaseConnection) throws -> [Table] {
    let names = try connection.query(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name", []
    ) { $0.text(0) }
    return try names.map { name in
      let columns = try connection.query("SELECT name, type FROM pragma_table_info($1)", [.text(name)]) {
        (name: $0.text(0), isText: $0.text(1) == "TEXT")
      }
      return Table(name: name, columns: columns)
    }.filter { $0.columns.contains { $0.name == "tenant_id" } }
  }

  /// IDs are the same text everywhere, so that every reference leads to the one row of its table.
  private static func fill(_ connection: any DatabaseConnection, tenant: String, user: String) throws {
    for table in try tables(connection) {
      let values = table.columns.map { column -> SQLValue in
        switch column.name {
        case "tenant_id": .text(tenant)
        case "erased_at": .integer(0)
        case "kind" where table.name == "removals": .text("session")
        case "user_id", "requested_by", "created_by", "paired_by", "decided_by": .text(user)
        default: column.isText ? .text("\(tenant)-\(user)") : .integer(1)
        }
      }
      let names = table.columns.map(\.name).joined(separator: ", ")
      let places = values.indices.map { "$\($0 + 1)" }.joined(separator: ", ")
      try connection.execute(
        "INSERT INTO \(table.name) (\(names)) VALUES (\(places)) ON CONFLICT DO NOTHING", values)
    }
  }

  private static func count(
    _ connection: any DatabaseConnection, _ table: String, _ condition: String, _ value: String
  ) throws -> Int64 {
    try connection.query("SELECT COUNT(*) FROM \(table) WHERE \(condition)", [.text(value)]) { $0.integer(0) }[0]
  }

  private func withFilled(_ body: @escaping @Sendable (any Database) async throws -> Void) async throws {
    try await withDatabase { database, _ in
      try await Migrator(database: database, dialect: .sqlite).migrate(at: start)
      try await database.write { connection in
        for (tenant, user) in [("acme", "ann"), ("acme", "bob"), ("other", "ann")] {
          try Self.fill(connection, tenant: tenant, user: user)
        }
      }
      try await body(database)
    }
  }

  @Test("a tenant leaves no row in any table that knows tenants, and takes none of another's along")
  func tenant() async throws {
    try await withFilled { database in
      let tenant = TenantDatabase(database: database, tenant: acme)
      let removal = try await tenant.write { try $0.erasure.beginTenant(at: start) }
      try await tenant.write { transaction in
        for session in try transaction.erasure.sessions(of: nil, limit: 10) {
          try transaction.erasure.erase(session, at: start)
        }
      }
      #expect(try await tenant.write { try $0.erasure.continueTenantRemoval(removal) })
      try await database.read { connection in
        let tables = try Self.tables(connection)
        #expect(tables.count >= 19)
        for table in tables {
          #expect(try Self.count(connection, table.name, "tenant_id = $1", "acme") == 0, "\(table.name)")
          #expect(try Self.count(connection, table.name, "tenant_id = $1", "other") == 1, "\(table.name)")
        }
      }
    }
  }

  @Test("a user leaves nothing of themselves in any table, and the others keep theirs")
  func user() async throws {
    try await withFilled { database in
      let tenant = TenantDatabase(database: database, tenant: acme)
      let removal = try await tenant.write { try $0.erasure.begin(erasing: ann, at: start) }
      #expect(try await tenant.read { try $0.erasure.user(of: removal) } == ann)
      try await tenant.write { transaction in
        for session in try transaction.erasure.sessions(of: ann, limit: 10) {
          try transaction.erasure.erase(session, at: start)
        }
      }
      #expect(try await tenant.write { try $0.erasure.continueRemoval(removal, of: ann, at: start) })
      let parts = try await tenant.read { try $0.removals.page(of: acme, after: nil, limit: 10) }
      for part in parts where part.subject == "acme-ann" {
        #expect(try await tenant.write { try $0.rowRemoval.continueRemoval(part, at: start) { _ in } })
      }
      try await database.read { connection in
        for table in try Self.tables(connection) {
          for column in table.columns where column.isText {
            let found = try Self.count(
              connection, table.name, "tenant_id = 'acme' AND (\(column.name) = $1 OR \(column.name) = 'acme-ann')",
              "ann")
            // A table without a user column belongs to the tenant as a whole.
            let declared = Tables.all.first { $0.name == table.name }
            let isTenants =
              table.name == "tenants"
              || declared?.scope == .tenant && declared?.users.isEmpty == true
                && declared?.part == nil
            #expect(found == 0 || isTenants, "\(table.name).\(column.name)")
          }
          #expect(try Self.count(connection, table.name, "tenant_id = $1", "other") == 1, "\(table.name)")
          let hasOthers = try Self.count(connection, table.name, "tenant_id = $1", "acme") > 0
          #expect(hasOthers, "\(table.name): bob's row is gone too")
        }
      }
    }
  }

  @Test("an export has every table but those of the gateway's own work, page by page, of one user or of all")
  func export() async throws {
    try await withFilled { database in
      let withheld = Tables.all.filter { if case .nothing = $0.export { true } else { false } }.map(\.name)
      let tables = try await database.read { try Self.tables($0).map(\.name) }
      #expect(Set(tables).subtracting(withheld) == Set(Export.Table.all.map(\.name)))
      for table in Export.Table.all {
        let all = table.parent == nil ? "" : "acme-ann"
        let rows = try await TenantDatabase(database: database, tenant: acme).read { transaction in
          var rows: [UTF8Dictionary<String>] = []
          var cursor: String?
          repeat {
            let page = try transaction.export.page(of: table, owner: all, after: cursor, limit: 1)
            rows += page.rows.map { $0.compactMapValues(\.stringValue) }
            cursor = page.cursor
          } while cursor != nil
          return rows
        }
        let isShared = !table.isOfUsers
        #expect(rows.count == (table.parent == nil && !isShared ? 2 : table.parent == nil ? 2 : 1), "\(table)")
        #expect(!rows.contains { $0.keys.contains("value") || $0.keys.contains("hash") })
        guard table.parent == nil else { continue }
        let own = try await TenantDatabase(database: database, tenant: acme).read { transaction in
          try transaction.export.page(of: table, owner: "ann", after: nil, limit: 10).rows.map { $0["user_id"] }
        }
        #expect(own == (table.isOfUsers ? [.string("ann")] : []), "\(table)")
      }
    }
  }
}
