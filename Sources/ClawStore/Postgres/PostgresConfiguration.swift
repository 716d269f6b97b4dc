/// How a PostgreSQL database is reached.
public struct PostgresConfiguration: Sendable {
  /// What is between us and the server.
  public enum Pooler: String, Sendable, CaseIterable {
    /// To be found out, by whether the process that we are told of is the one that serves us.
    case auto
    /// Nothing, or what leaves a connection to us for as long as we have it.
    case none
    /// What gives each transaction to another connection of the server: nothing can be kept on one, neither prepared
    /// statements nor LISTEN.
    case transaction
  }

  /// A connection string of libpq, as URI or as key=value pairs. Holds a password: never for a log.
  public var dsn: String
  /// Connections, each with a thread of its own.
  public var pool: Int
  /// The role that every transaction but a migration's takes on.
  public var role: String
  /// How long a transaction may wait for a connection, or for the database to come back.
  public var wait: Duration
  /// How long one statement may take before the server stops it.
  public var statementTimeout: Duration
  /// How long connecting may take, for each address of the server; libpq counts in seconds, and 2 at least.
  public var connectTimeout: Duration = .seconds(5)
  /// How much longer than ``statementTimeout`` an answer is waited for before the connection is given up.
  public var answerGrace: Duration = .seconds(2)
  /// How long the connection for hints may be still before it is asked whether it is alive.
  public var quietTime: Duration = .seconds(15)
  /// Transactions that may wait for a connection; one more is refused.
  public var maxWaiting: Int
  /// Whether nodes tell one another of news; without, each looks for it from time to time.
  public var notifies: Bool
  public var pooler: Pooler

  /// How long one answer is waited for: the server stops a statement before that.
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
