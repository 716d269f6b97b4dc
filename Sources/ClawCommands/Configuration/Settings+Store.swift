import ClawStore

/// Settings of the database.
extension Settings {
  public static let readyTimeout = Setting(
    "store.ready_timeout", .duration(), .seconds(2),
    "How long /ready waits for the database to take a write before it answers that it does not.")
  public static let sqliteWait = Setting(
    "store.sqlite_wait", .duration(), .seconds(5),
    "How long a request waits where another program has locked the database file.")
  public static let sqliteCloseWait = Setting(
    "store.sqlite_close_wait", .duration(), .seconds(1),
    "How long a stop waits for other programs that use the database file.")
  public static let sqliteReadTimeout = Setting(
    "store.sqlite_read_timeout", .duration(), .seconds(30), "Time after which a read of the database file is ended.")
  public static let postgresDSN = Setting(
    "store.postgres_dsn", .text, "", short: "SWIFTCLAW_POSTGRES_DSN", isSecret: true,
    "Connection string of a PostgreSQL database (15 or newer) that is used instead of SQLite.")
  public static let postgresPool = Setting(
    "store.postgres_pool", .integer(1...1000), 8, "Connections to PostgreSQL, each with a thread of its own.")
  public static let postgresRole = Setting(
    "store.postgres_role", .text, "swiftclaw_service",
    "Role of PostgreSQL that the gateway works as; made if there is none.")
  public static let postgresWait = Setting(
    "store.postgres_wait", .duration(), .seconds(5),
    "How long a request waits for a connection, or for PostgreSQL to come back.")
  public static let postgresStatementTimeout = Setting(
    "store.postgres_statement_timeout", .duration(), .seconds(30),
    "Time after which PostgreSQL stops a statement.")
  public static let postgresNotify = Setting(
    "store.postgres_notify", .choice(Switch.self), Switch.on.rawValue,
    "Whether nodes tell one another of news by NOTIFY, which a pooler in transaction mode does not pass on; without, "
      + "each looks for it every runs.poll_interval.")
  public static let postgresPooler = Setting(
    "store.postgres_pooler", .choice(PostgresConfiguration.Pooler.self), PostgresConfiguration.Pooler.auto.rawValue,
    "What is between the gateway and PostgreSQL: nothing that changes connections under us, or a pooler in transaction "
      + "mode such as pgbouncer's, behind which no statement is kept prepared and nodes get no hints; auto finds out.")

  static let store: [AnySetting] = [
    postgresDSN.erased, postgresPool.erased, postgresRole.erased, postgresWait.erased, postgresStatementTimeout.erased,
    postgresNotify.erased, postgresPooler.erased, readyTimeout.erased, sqliteWait.erased, sqliteCloseWait.erased,
    sqliteReadTimeout.erased,
  ]
}
