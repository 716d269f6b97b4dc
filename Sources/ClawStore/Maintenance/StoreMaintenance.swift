import ClawCore
import ClawJSON

/// A database opened for maintenance, without migrating it.
public final class StoreMaintenance: Sendable {
  private let database: any Database
  private let migrator: Migrator
  private let role: String

  /// Opens an SQLite file, which must exist. A gateway may be running on it.
  /// - Throws: ``ClawError`` `unavailable` if it can't be opened.
  public static func sqlite(_ configuration: SQLiteConfiguration) throws(ClawError) -> StoreMaintenance {
    do throws(DatabaseError) {
      return StoreMaintenance(try SQLiteDatabase(configuration), .sqlite)
    } catch {
      throw Store.explained(error, at: configuration.path)
    }
  }

  /// Connects to PostgreSQL.
  /// - Throws: ``ClawError`` `failedPrecondition` if libpq is missing.
  public static func postgres(_ configuration: PostgresConfiguration) throws(ClawError) -> StoreMaintenance {
    StoreMaintenance(try PostgresDatabase(configuration), .postgres, role: configuration.role)
  }

  private init(
    _ database: any Database, _ dialect: SQLDialect, role: String = PostgresConfiguration.defaultRole
  ) {
    self.database = database
    self.role = role
    migrator = Migrator(database: database, dialect: dialect, role: role)
  }

  /// The applied and missing schema migrations. Changes nothing.
  /// - Throws: ``ClawError`` `failedPrecondition` if a newer program wrote the database, `unavailable` if it can't be
  ///   read.
  public func schema() async throws -> SchemaState { try await explaining { try await migrator.state() } }

  /// Does what startup does on PostgreSQL, and rolls it back.
  /// - Parameter servesAsRole: Also checks that the service role can be assumed.
  /// - Throws: what startup would throw; its cause is a ``DatabaseRefusal`` if the remedy is known.
  public func rehearseStart(servesAsRole: Bool) async throws {
    try await explaining {
      try await migrator.rehearse()
      guard servesAsRole, database.engine == "postgres", try await migrator.state().missing.isEmpty else { return }
      try await NodeDatabase(database: database).rehearse()
    }
  }

  /// Applies the missing migrations, each in a transaction of its own.
  /// - Returns: their names.
  public func migrate(at time: Timestamp) async throws -> [String] {
    try await explaining { try await migrator.migrate(at: time) }
  }

  /// Facts about the server; nil on SQLite.
  public func server() async throws -> ServerFacts? {
    guard database.engine == "postgres" else { return nil }
    return try await explaining { [role] in
      try await database.read(as: .owner) { try ServerFacts.read(on: $0, role: role) }
    }
  }

  /// Reads node-wide rows; the schema must exist.
  public func read<T: Sendable>(_ body: @escaping @Sendable (NodeTransaction) throws -> T) async throws -> T {
    try await explaining { try await NodeDatabase(database: database).read(body) }
  }

  /// The sealed secrets of a tenant by name; none if the schema does not exist yet.
  /// - Throws: ``ClawError`` `failedPrecondition` if one was sealed with another key.
  public func secrets(of tenant: TenantID, with keys: SealingKeys) async throws -> UTF8Dictionary<String> {
    guard try await schema().missing.isEmpty else { return [:] }
    return try await explaining {
      try await TenantDatabase(database: database, tenant: tenant).read { transaction in
        var values: UTF8Dictionary<String> = [:]
        for (name, _) in try transaction.secrets.all() {
          do {
            values[name] = try transaction.secrets.value(of: name, with: keys)
          } catch is SealingError {
            throw ClawError(.failedPrecondition, "\(name) was sealed with another key than the one that is set here")
          }
        }
        return values
      }
    }
  }

  private func explaining<Value>(_ body: () async throws -> Value) async throws -> Value {
    do { return try await body() } catch { throw database.engine == "postgres" ? Store.explained(error) : error }
  }

  public func close() async { await database.close() }
}
