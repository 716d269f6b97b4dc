import ClawCore

/// Persistent state. Tenants' rows are accessed through ``tenant(_:)``, node-wide ones through ``node``.
public final class Store: Sendable {
  let database: any Database
  private let dialect: SQLDialect
  private let lock: DataDirectoryLock?
  private let migrator: Migrator
  public let node: NodeDatabase
  /// Whether this process is the only one that can write, so that no other node can hold a lease.
  public let isExclusive: Bool
  /// Whether a power failure may lose changes that were already shown.
  public let mayLoseOnPowerCut: Bool
  /// Notifications between nodes that share the store; nil if there can be no others, or if they are disabled.
  public let signals: NodeSignals?

  init(
    database: any Database, lock: DataDirectoryLock?, dialect: SQLDialect, isExclusive: Bool, mayLoseOnPowerCut: Bool,
    role: String = PostgresConfiguration.defaultRole, migrations: [Migration] = Migration.all,
    signals: NodeSignals? = nil
  ) {
    self.signals = signals
    self.database = database
    self.dialect = dialect
    self.lock = lock
    self.isExclusive = isExclusive
    self.mayLoseOnPowerCut = mayLoseOnPowerCut
    node = NodeDatabase(database: database)
    migrator = Migrator(database: database, dialect: dialect, role: role, migrations: migrations)
  }

  /// `sqlite` or `postgres`.
  public var engine: String { database.engine }

  /// Opens an SQLite file and migrates its schema.
  /// - Throws: ``ClawError`` `failedPrecondition` if another process uses it or a newer program wrote it, `unavailable`
  ///   if it can't be opened.
  public static func openSQLite(_ configuration: SQLiteConfiguration, time: TimeSource = .system) async throws -> Store
  {
    try await openSQLite(configuration, time: time, migrations: Migration.all)
  }

  static func openSQLite(
    _ configuration: SQLiteConfiguration, time: TimeSource, migrations: [Migration]
  ) async throws -> Store {
    let lock = try DataDirectoryLock(besides: configuration.path)
    let database: SQLiteDatabase
    do {
      database = try SQLiteDatabase(configuration)
    } catch {
      throw Self.explained(error, at: configuration.path)
    }
    let store = Store(
      database: database, lock: lock, dialect: .sqlite, isExclusive: true,
      mayLoseOnPowerCut: configuration.synchronous != .full, migrations: migrations)
    do {
      try await store.migrator.migrate(at: time.now)
    } catch {
      await store.close()
      guard let cause = (error as? ClawError)?.cause as? DatabaseError else { throw error }
      throw Self.explained(cause, at: configuration.path)
    }
    return store
  }

  /// The error for the operator when the file could not be opened.
  static func explained(_ error: DatabaseError, at path: String) -> ClawError {
    let text =
      switch error.kind {
      case .damaged:
        "the database \(path) is damaged (\(error.message)): restore a backup of it, or move it away to start with a new one"
      case .full: "the disk of the database \(path) is full: make room"
      case .readOnly: "the database \(path) can't be written (\(error.message)): check its permissions and its disk"
      case .disk: "the disk of the database \(path) fails (\(error.message)): check the disk"
      case .locked: "another program has locked the database \(path): end it, and start again"
      default: "the database \(path) can't be opened: \(error.message); check the file and its permissions"
      }
    return ClawError(.unavailable, text, cause: error)
  }

  /// Connects to PostgreSQL and migrates the schema as the connection string's user; everything later runs as the
  /// service role.
  /// - Throws: ``ClawError`` `failedPrecondition` if libpq is missing, a newer program wrote the schema or the role
  ///   can't be assumed, `unavailable` if the server can't be reached or its version is below 15.
  public static func openPostgres(_ configuration: PostgresConfiguration, time: TimeSource = .system) async throws
    -> Store
  {
    let database = try PostgresDatabase(configuration)
    let store = Store(
      database: database, lock: nil, dialect: .postgres, isExclusive: false, mayLoseOnPowerCut: false,
      role: configuration.role, signals: configuration.notifies ? NodeSignals(configuration) : nil)
    do {
      try await store.migrator.migrate(at: time.now)
    } catch {
      await store.close()
      throw explained(error)
    }
    return store
  }

  /// The error for the operator: includes the database's message, which holds no secret.
  public static func explained(_ error: any Error) -> any Error {
    guard let known = error as? ClawError, let cause = known.cause as? DatabaseError else { return error }
    switch cause.kind {
    case .busy, .conflict, .io, .timeout:
      return ClawError(
        .unavailable, "the database can't be reached: \(cause.message); check SWIFTCLAW_POSTGRES_DSN and the server",
        cause: cause)
    case .constraint, .statement:
      return ClawError(
        .internalError, "the database refused what the start needs: \(cause.message); see: swiftclaw doctor",
        cause: cause)
    case .full, .readOnly, .disk, .damaged, .locked: return ClawError(.unavailable, known.message, cause: cause)
    case .closed: return error
    }
  }

  /// The rows of one tenant.
  public func tenant(_ tenant: TenantID) -> TenantDatabase {
    TenantDatabase(database: database, tenant: tenant)
  }

  /// Executes a write to check whether the database accepts writes.
  /// - Parameter limit: How long to wait for it.
  /// - Throws: why it failed; ``ClawError`` `unavailable` if it did not complete within `limit`.
  public func check(within limit: Duration) async throws {
    try await database.probe(within: limit)
  }

  /// Why the store rejects writes until an operator repairs it; nil if it accepts them.
  public var fault: StoreFault? { database.fault }

  /// Calls `observer` once per fault. One observer at a time.
  public func observeFaults(_ observer: @escaping @Sendable (StoreFault) -> Void) {
    database.observeFaults(observer)
  }

  /// Checks for a fault now; each write does so too.
  public func look() async { await database.look() }

  /// Analyzes tables that have grown since the last ANALYZE. Autovacuum does so only after a minute, and until then the
  /// planner may choose poor plans: those for tables of a few rows are arbitrary, and are kept as the tables grow.
  public func analyzeGrownTables() async throws {
    let tablesToAnalyze = dialect.tablesToAnalyze
    guard !tablesToAnalyze.isEmpty else { return }
    let tables = try await database.read(as: .owner) { try $0.query(tablesToAnalyze, []) { $0.text(0) } }
    guard !tables.isEmpty else { return }
    try await database.write(as: .owner) { for table in tables { try $0.execute("ANALYZE \(table)", []) } }
  }

  /// Makes committed transactions survive a power failure too.
  public func sync() async throws {
    try await database.sync()
  }

  public func close() async {
    await database.close()
    lock?.release()
  }
}
