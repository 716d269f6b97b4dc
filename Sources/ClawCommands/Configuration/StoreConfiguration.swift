import ClawCore
import ClawStore

/// Selects and configures the database.
struct StoreConfiguration: Sendable {
  let values: ConfigurationValues
  let dataDirectory: DataDirectory

  /// The database file, if the store is SQLite.
  var path: String { dataDirectory.resolve(values[Settings.storePath]) }

  /// The SQLite configuration.
  var sqlite: SQLiteConfiguration {
    let isFull = values[Settings.storeSynchronous] == StoreSynchronous.full.rawValue
    return SQLiteConfiguration(
      path: path, synchronous: isFull ? .full : .normal, readers: values[Settings.storeReaders],
      wait: values[Settings.sqliteWait], waitAtClose: values[Settings.sqliteCloseWait],
      readTimeout: values[Settings.sqliteReadTimeout])
  }

  /// The PostgreSQL configuration; nil if the store is SQLite.
  var postgres: PostgresConfiguration? {
    let dsn = values[Settings.postgresDSN]
    guard !dsn.isEmpty else { return nil }
    return PostgresConfiguration(
      dsn: dsn, pool: values[Settings.postgresPool], role: values[Settings.postgresRole],
      wait: values[Settings.postgresWait], statementTimeout: values[Settings.postgresStatementTimeout],
      notifies: values[Settings.postgresNotify] == Switch.on.rawValue,
      pooler: PostgresConfiguration.Pooler(rawValue: values[Settings.postgresPooler]) ?? .auto)
  }

  /// Opens the configured store and migrates its schema.
  func open(time: TimeSource) async throws -> Store {
    guard let postgres else { return try await Store.openSQLite(sqlite, time: time) }
    return try await Store.openPostgres(postgres, time: time)
  }
}

extension LoadedConfiguration {
  /// Reports an invalid connection string without quoting it: it may contain a password.
  mutating func checkPostgresDSN() {
    guard let problem = PostgresConfiguration.problem(ofDSN: values[Settings.postgresDSN]) else { return }
    add(values.source(of: Settings.postgresDSN).text, "store.postgres_dsn (SWIFTCLAW_POSTGRES_DSN) \(problem)")
  }

  /// The store's configuration, if it has no errors. Errors of models do not matter.
  var store: StoreConfiguration {
    get throws(ConfigurationError) {
      StoreConfiguration(values: try checked(beforeStore: true).values, dataDirectory: dataDirectory)
    }
  }
}
