import Testing

@testable import ClawStore

/// Compares the schema of a fresh database with the declarations used for erasing, exporting and row-level security.
@Suite("Declared tables")
struct DeclaredTablesTests {
  private struct Column: Sendable {
    let table: String
    let name: String
    let isNumber: Bool
    /// Its position in the primary key, from 1 on; 0 for none.
    let key: Int
  }

  private func schema() async throws -> [String: [Column]] {
    let directory = try TestDirectory()
    let database = try SQLiteDatabase(SQLiteConfiguration(path: directory.database, wait: .seconds(600)))
    try await Migrator(database: database, dialect: .sqlite).migrate(at: start)
    let found = try await database.read { connection in
      try connection.query(
        """
        SELECT t.name, c.name, c.type, c.pk FROM sqlite_schema t JOIN pragma_table_info(t.name) c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name <> 'schema_migrations' ORDER BY t.name, c.cid
        """, []
      ) { Column(table: $0.text(0), name: $0.text(1), isNumber: $0.text(2) == "BIGINT", key: $0.int(3)) }
    }
    await database.close()
    return Dictionary(grouping: found, by: \.table)
  }

  @Test("each table of the schema is declared, once, with its tenant and its key")
  func tables() async throws {
    let schema = try await schema()
    #expect(Tables.all.map(\.name).sorted() == schema.keys.sorted(), "declare it in ClawStore/Migrations/Tables.swift")
    for table in Tables.all {
      let columns = schema[table.name] ?? []
      let key = columns.filter { $0.key > 0 }.sorted { $0.key < $1.key }.map(\.name)
      let knowsTenants = columns.contains { $0.name == "tenant_id" }
      switch table.scope {
      case .tenant: #expect(key == ["tenant_id"] + table.key, "\(table.name)")
      case .lookup: #expect(key == table.key && knowsTenants, "\(table.name)")
      case .node: #expect(key == table.key && !knowsTenants, "\(table.name)")
      }
      if let part = table.part {
        #expect(columns.contains { $0.name == part.column }, "\(table.name).\(part.column)")
        #expect(Tables.all.contains { $0.name == part.table }, "\(table.name): there is no table \(part.table)")
      }
    }
  }

  @Test("each column that names a user is declared with what becomes of it when the user is erased")
  func users() async throws {
    for (name, columns) in try await schema() {
      let table = try #require(Tables.all.first { $0.name == name })
      let named = columns.map(\.name).filter { $0 == "user_id" || $0.hasSuffix("_user") || $0.hasSuffix("_by") }
      #expect(Set(table.users.map(\.name)) == Set(named), "\(name)")
      let isPart = table.users.contains { if case .part = $0 { true } else { false } }
      #expect(!isPart || table.part != nil, "\(name) is part of no other table")
    }
  }

  @Test("each column of an exported table is shown or hidden, and a table that is not exported says why")
  func exports() async throws {
    for (name, columns) in try await schema() {
      let table = try #require(Tables.all.first { $0.name == name })
      switch table.export {
      case .nothing(let reason): #expect(!reason.isEmpty, "\(name)")
      case .columns(let shown, let hidden, _):
        let all = columns.map(\.name).filter { $0 != "tenant_id" }
        #expect(shown.map(\.name).sorted() == all.filter { !hidden.contains($0) }.sorted(), "\(name)")
        #expect(Set(hidden).isSubset(of: all), "\(name)")
        let order = table.key.filter { $0 != table.part?.column }
        #expect(table.cursor.map(\.name) == order, "\(name): the columns of the key come first")
        for column in shown {
          let isNumber = if case .number = column { true } else { false }
          #expect(columns.contains { $0.name == column.name && $0.isNumber == isNumber }, "\(name).\(column.name)")
        }
      }
    }
  }
}
