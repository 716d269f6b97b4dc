import ClawCore
import ClawStore

/// Which database it is and how it is opened.
struct StoreConfiguration: Sendable {
  let values: ConfigurationValues
  let dataDirectory: DataDirectory

  /// The database file, if the store is SQLite.
  var path: String { dataDirectory.resolve(values[Settings.storePath]) }

  /// How the file is opened.
  var sqlite: SQLiteConfiguration {
    let isFull = values[Settings.storeSynchronous] == StoreSynchronous.full.rawValue
    return SQLiteConfiguration(
      path: path, synchronous: isFull ? .full : .normal, readers: values[Settings.storeReaders],
      wait: values[Settings.sqliteWait], waitAtClose: values[Settings.sqliteCloseWait],
      readTimeout: values[Settings.sqliteReadTimeout])
  }

  /// How PostgreSQL is reached; nil if the store is SQLite.
  var postgres: PostgresConfiguration? {
    let dsn = values[Settings.postgresDSN]
    guard !dsn.isEmpty else { return nil }
    return PostgresConfiguration(
      dsn: dsn, pool: values[Settings.postgresPool], role: values[Settings.postgresRole],
      wait: values[Settings.postgresWait], statementTimeout: values[Settings.postgresStatementTimeout],
      notifies: values[Settings.postgresNotify] == Switch.on.rawValue,
      pooler: PostgresConfiguration.Pooler(rawValue: values[Settings.postgresPooler]) ?? .auto)
  }

  /// Opens the store that was chosen, and brings it up to date.
  func open(time: TimeSource) async throws -> Store {
    guard let postgres else { return try await Store.openSQLite(sqlite, time: time) }
    return try await Store.openPostgres(postgres, time: time)
  }
}

extension LoadedConfiguration {
  /// Names what is wrong with the connection string, which is never repeated: it may hold a password.
  mutating func checkPostgresDSN() {
    guard let problem = PostgresConfiguration.problem(ofDSN: values[Settings.postgresDSN]) else { return }
    add(values.source(of: Settings.postgresDSN).text, "store.postgres_dsn (SWIFTCLAW_POSTGRES_DSN) \(problem)")
  }

  /// Which database it is, if nothing is wrong with what was said of it. What is wrong with models does not matter.
  var store: StoreConfiguration {
    get throws(ConfigurationError) {
      StoreConfiguration(values: try checked(beforeStore: true).values, dataDirectory: dataDirectory)
    }
  }
}
