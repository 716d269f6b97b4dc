import ClawCore

/// All that is kept. Tenants' rows are reached through ``tenant(_:)``, what belongs to no tenant through ``node``.
public final class Store: Sendable {
  let database: any Database
  private let dialect: SQLDialect
  private let lock: DataDirectoryLock?
  private let migrator: Migrator
  public let node: NodeDatabase
  /// Whether this process is the only one that can write: nobody else can be holding a lease.
  public let isExclusive: Bool
  /// Whether a power cut may take back what was already shown.
  public let mayLoseOnPowerCut: Bool
  /// How nodes that share the store tell one another of news; nil if there can be no others, or if they don't.
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

  /// Opens an SQLite file and brings its schema up to date.
  /// - Throws: ``ClawError`` `failedPrecondition` if another process uses it or a newer program wrote it,
  ///   `unavailable` if it can't be opened.
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

  /// An error of a file that could not be opened, in words for whoever starts the program.
  static func explained(_ error: DatabaseError, at path: String) -> ClawError {
    let text =
      switch error.kind {
      case .damaged:
        "the database \(path) is damaged (\(error.message)): restore a backup of it, or move it away to begin anew"
      case .full: "the disk of the database \(path) is full: make room"
      case .readOnly: "the database \(path) can't be written (\(error.message)): check its permissions and its disk"
      case .disk: "the disk of the database \(path) fails (\(error.message)): check the disk"
      case .locked: "another program has locked the database \(path): end it, and start again"
      default: "the database \(path) can't be opened: \(error.message); check the file and its permissions"
      }
    return ClawError(.unavailable, text, cause: error)
  }

  /// Connects to PostgreSQL and brings the schema up to date, as the connection string's user; everything later is done
  /// as the service role.
  /// - Throws: ``ClawError`` `failedPrecondition` if libpq is missing, a newer program wrote the schema or the role can't
  ///   be had, `unavailable` if the server can't be reached or its version is below 15.
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

  /// An error of the database in words for whoever starts the program: with the database's own, which hold no secret.
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

  /// Whether the database takes writes: one is made.
  /// - Parameter limit: How long to wait for it.
  /// - Throws: why it takes none; ``ClawError`` `unavailable` if it was not known within `limit`.
  public func check(within limit: Duration) async throws {
    try await database.probe(within: limit)
  }

  /// What keeps the store from taking writes until a person has looked after it; nil if nothing does.
  public var fault: StoreFault? { database.fault }

  /// Is told of each fault of the store once. One observer at a time.
  public func observeFaults(_ observer: @escaping @Sendable (StoreFault) -> Void) {
    database.observeFaults(observer)
  }

  /// Looks for a fault now; each write does so too.
  public func look() async { await database.look() }

  /// Has the planner look at tables that have grown since it last did. PostgreSQL does so by itself, but only after a
  /// minute, and until then it may find rows the long way: what it plans for tables of a few rows it plans at random, and
  /// keeps to that as they grow.
  public func measureGrownTables() async throws {
    let unmeasured = dialect.unmeasured
    guard !unmeasured.isEmpty else { return }
    let tables = try await database.read(as: .owner) { try $0.query(unmeasured, []) { $0.text(0) } }
    guard !tables.isEmpty else { return }
    try await database.write(as: .owner) { for table in tables { try $0.execute("ANALYZE \(table)", []) } }
  }

  /// Makes sure that what was committed survives a power cut too.
  public func sync() async throws {
    try await database.sync()
  }

  public func close() async {
    await database.close()
    lock?.release()
  }
}
