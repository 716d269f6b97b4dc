import ClawCore

/// The words that go around a transaction.
enum PostgresTransaction {
  /// The words that begin it; what ``assuming`` says comes next.
  static func opening(writes: Bool) -> String {
    writes ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
  }

  /// Takes on the role `$1` and sets the tenant `$2`, until the end of the transaction.
  static let assuming = "SELECT set_config('role', $1, true), set_config('swiftclaw.tenant', $2, true)"
  /// The same, and sets for how many milliseconds `$3` a lock is waited for.
  static let assumingShared = """
    SELECT set_config('role', $1, true), set_config('swiftclaw.tenant', $2, true), set_config('lock_timeout', $3, true)
    """
  /// How long a transaction waits for a lock that several parts share: who holds it holds them all up.
  static let sharedLockTimeout: Duration = .milliseconds(200)
  /// Gives it its number, by which it can be asked after.
  static let numbering = "SELECT pg_current_xact_id()"

  /// For where a pooler is, as words that need no preparation and leave nothing behind: all in one round trip.
  static func begin(
    _ scope: DatabaseScope, writes: Bool, isShared: Bool, _ configuration: PostgresConfiguration
  ) -> String {
    var text = opening(writes: writes) + "; " + settings(configuration, isLocal: true)
    if isShared { text += "; SET LOCAL lock_timeout = \(sharedLockTimeout.milliseconds)" }
    let role = configuration.role
    switch scope {
    case .owner: break
    case .node: text += "; " + assume(role, tenant: "")
    case .tenant(let tenant): text += "; " + assume(role, tenant: tenant.rawValue)
    }
    return text
  }

  /// How the server is to behave, for a transaction or for as long as the connection lasts. What is prepared while a table
  /// is small keeps its plan as the table grows: it must not be one that reads the whole table, however cheap that is at
  /// first. Nor is any statement of ours worth compiling.
  static func settings(_ configuration: PostgresConfiguration, isLocal: Bool) -> String {
    let (set, timeout) = (isLocal ? "SET LOCAL" : "SET", configuration.statementTimeout.milliseconds)
    return """
      \(set) standard_conforming_strings = on; \(set) row_security = on; \(set) statement_timeout = \(timeout); \
      \(set) idle_in_transaction_session_timeout = \(timeout); \(set) enable_seqscan = off; \(set) jit = off
      """
  }

  /// Both end with the transaction: nothing of one tenant is left on a connection.
  private static func assume(_ role: String, tenant: String) -> String {
    "SET LOCAL ROLE \(PostgresText.name(role)); SET LOCAL swiftclaw.tenant = \(PostgresText.literal(tenant))"
  }

  static func status(of transaction: String) -> String {
    "SELECT pg_xact_status(CAST(\(PostgresText.literal(transaction)) AS xid8))"
  }
}
