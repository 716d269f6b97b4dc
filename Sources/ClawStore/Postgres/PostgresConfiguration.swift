/// How to connect to a PostgreSQL database.
public struct PostgresConfiguration: Sendable {
  /// The connection pooler between the gateway and the server, if any.
  public enum Pooler: String, Sendable, CaseIterable {
    /// Detected by comparing the backend PID that libpq reports with the one that the server reports.
    case auto
    /// No pooler, or one in session mode: the server connection stays ours.
    case none
    /// A pooler in transaction mode: each transaction may get another server connection, so prepared statements and
    /// LISTEN do not work.
    case transaction
  }

  /// A libpq connection string, as a URI or as key=value pairs. Holds a password: never log it.
  public var dsn: String
  /// Number of connections, each with a thread of its own.
  public var pool: Int
  /// The role that every transaction assumes, except a migration's.
  public var role: String
  /// How long a transaction may wait for a connection, or for the database to become reachable again.
  public var wait: Duration
  /// The server's `statement_timeout`.
  public var statementTimeout: Duration
  /// Connect timeout for each address of the server; libpq counts in seconds, with a minimum of 2.
  public var connectTimeout: Duration = .seconds(5)
  /// Time beyond ``statementTimeout`` to wait for an answer before the connection is dropped.
  public var answerGrace: Duration = .seconds(2)
  /// Idle time after which the connection for hints is checked with a query.
  public var quietTime: Duration = .seconds(15)
  /// Transactions that may wait for a connection; one more is rejected.
  public var maxWaiting: Int
  /// Whether nodes notify each other; without it, each polls.
  public var notifies: Bool
  public var pooler: Pooler

  /// How long to wait for one answer; the server cancels a statement earlier.
  var answerTimeout: Duration { statementTimeout + answerGrace }

  public static let defaultRole = "swiftclaw_service"

  public init(
    dsn: String, pool: Int = 8, role: String = Self.defaultRole, wait: Duration = .seconds(5),
    statementTimeout: Duration = .seconds(30), maxWaiting: Int = 10_000, notifies: Bool = true,
    pooler: Pooler = .auto
  ) {
    self.dsn = dsn
    self.pool = max(1, pool)
    self.role = role
    self.wait = wait
    self.statementTimeout = statementTimeout
    self.maxWaiting = max(1, maxWaiting)
    self.notifies = notifies
    self.pooler = pooler
  }
}
