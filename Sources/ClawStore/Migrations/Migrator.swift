import ClawCore

/// Brings a schema up to date: each step in one transaction, with its checksum; a schema from the future is refused.
struct Migrator: Sendable {
  let database: any Database
  let dialect: SQLDialect
  let migrations: [Migration]

  init(database: any Database, dialect: SQLDialect, migrations: [Migration] = Migration.all) {
    self.database = database
    self.dialect = dialect
    self.migrations = migrations
  }

  private struct Applied: Sendable {
    let version: Int
    let name: String
    let checksum: String
  }

  /// - Throws: ``ClawError`` `failedPrecondition` if the database was written by a newer binary, or if a step that it
  ///   has is not the one that we know.
  /// - Returns: the names of the steps that were taken.
  @discardableResult
  func migrate(at time: Timestamp) async throws -> [String] {
    try await database.write { connection in
      try connection.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
          version BIGINT PRIMARY KEY,
          name TEXT NOT NULL,
          checksum TEXT NOT NULL,
          applied_at BIGINT NOT NULL
        )
        """, [])
      return ()
    }
    let applied = try await database.read { connection in
      try connection.query("SELECT version, name, checksum FROM schema_migrations ORDER BY version", []) {
        Applied(version: $0.int(0), name: $0.text(1), checksum: $0.text(2))
      }
    }
    try check(applied)
    let known = Set(applied.map(\.version))
    var taken: [String] = []
    for migration in migrations where !known.contains(migration.version) {
      try await apply(migration, at: time)
      taken.append(migration.name)
    }
    return taken
  }

  private func check(_ applied: [Applied]) throws(ClawError) {
    for step in applied {
      guard let known = migrations.first(where: { $0.version == step.version }) else {
        throw ClawError(
          .failedPrecondition,
          """
          the database was written by a newer SwiftClaw: it has schema step \(step.version) "\(step.name)", this \
          program knows steps up to \(migrations.last?.version ?? 0); install the newer program again
          """)
      }
      guard known.checksum(dialect) == step.checksum else {
        throw ClawError(
          .failedPrecondition,
          """
          schema step \(step.version) "\(step.name)" of the database is not the one this program knows; \
          the database was made by a changed build and can't be used safely
          """)
      }
    }
  }

  private func apply(_ migration: Migration, at time: Timestamp) async throws {
    let dialect = dialect
    try await database.write { connection in
      for statement in migration.statements(dialect) { try connection.execute(statement, []) }
      try connection.execute(
        "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
        [.int(migration.version), .text(migration.name), .text(migration.checksum(dialect)), .time(time)])
    }
  }
}
