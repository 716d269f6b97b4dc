import ClawCore

/// Applies schema migrations: each in one transaction, together with its checksum. Rejects a schema that is newer than
/// the program.
struct Migrator: Sendable {
  let database: any Database
  let dialect: SQLDialect
  let migrations: [Migration]

  /// The service role, if the engine has roles.
  let role: String

  init(
    database: any Database, dialect: SQLDialect, role: String = PostgresConfiguration.defaultRole,
    migrations: [Migration] = Migration.all
  ) {
    self.database = database
    self.dialect = dialect
    self.role = role
    self.migrations = migrations
  }

  private struct Applied: Sendable {
    let version: Int
    let name: String
    let checksum: String
    let time: Timestamp

    static let statement = "SELECT version, name, checksum, applied_at FROM schema_migrations ORDER BY version"

    init(_ row: any SQLRow) {
      version = row.int(0)
      name = row.text(1)
      checksum = row.text(2)
      time = row.time(3)
    }
  }

  /// The migrations that were applied and those that are missing. Changes nothing.
  /// - Throws: as ``migrate(at:)``.
  func state() async throws -> SchemaState {
    try await database.read(as: .owner) { connection in
      let hasTable = try !connection.query(dialect.tableNamed, [.text("schema_migrations")]) { $0.int(0) }.isEmpty
      let applied = hasTable ? try connection.query(Applied.statement, [], Applied.init) : []
      try check(applied)
      let known = Set(applied.map(\.version))
      let size = try connection.query(dialect.size, []) { $0.integer(0) }.first ?? 0
      return SchemaState(
        applied: applied.map { SchemaState.Step(version: $0.version, name: $0.name, appliedAt: $0.time) },
        missing: migrations.filter { !known.contains($0.version) }
          .map { SchemaState.Step(version: $0.version, name: $0.name, appliedAt: nil) },
        bytes: size)
    }
  }

  /// Does what ``migrate(at:)`` would do, and rolls it back.
  /// - Throws: as ``migrate(at:)``.
  func rehearse() async throws {
    guard dialect.hasPolicies else { return }
    let isComplete = try await state().missing.isEmpty
    let check = ServerCheck(database: database)
    try await check.require(creates: !isComplete)
    if !isComplete { try await check.rehearse() }
  }

  /// Applies the missing migrations. Nodes that start together are serialized: the second finds them applied.
  /// - Throws: ``ClawError`` `failedPrecondition` if the database was written by a newer binary, or if the checksum of
  ///   an applied migration differs from ours.
  /// - Returns: the names of the migrations applied.
  @discardableResult
  func migrate(at time: Timestamp) async throws -> [String] {
    if dialect.hasPolicies {
      // A user who may not create tables can serve once another user has created them.
      let isComplete = try await state().missing.isEmpty
      try await ServerCheck(database: database).require(creates: !isComplete)
      try await ServiceRole(name: role).make(in: database)
      if isComplete { return [] }
    }
    var taken: [String] = []
    while let step = try await takeNext(at: time) { taken.append(step) }
    return taken
  }

  /// Applies the next missing migration in a transaction of its own. Nil if there is none.
  private func takeNext(at time: Timestamp) async throws -> String? {
    try await database.write(as: .owner) { connection -> String? in
      if !dialect.migrationLock.isEmpty { _ = try connection.query(dialect.migrationLock, []) { $0.isNull(0) } }
      try connection.execute(
        """
        CREATE TABLE IF NOT EXISTS schema_migrations (
          version BIGINT PRIMARY KEY,
          name TEXT NOT NULL,
          checksum TEXT NOT NULL,
          applied_at BIGINT NOT NULL
        )
        """, [])
      let applied = try connection.query(Applied.statement, [], Applied.init)
      try check(applied)
      let known = Set(applied.map(\.version))
      guard let next = migrations.first(where: { !known.contains($0.version) }) else { return nil }
      try apply(next, at: time, on: connection)
      return next.name
    }
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

  private func apply(_ migration: Migration, at time: Timestamp, on connection: any DatabaseConnection) throws {
    let policies = dialect.hasPolicies ? RowPolicies(role: role) : nil
    try policies?.loosen(on: connection)
    for statement in migration.statements(dialect) { try connection.execute(statement, []) }
    try policies?.tighten(on: connection)
    try connection.execute(
      "INSERT INTO schema_migrations (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)",
      [.int(migration.version), .text(migration.name), .text(migration.checksum(dialect)), .time(time)])
  }
}
