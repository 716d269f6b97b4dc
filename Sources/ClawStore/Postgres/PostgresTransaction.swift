import ClawCore

/// SQL that begins and configures a transaction.
enum PostgresTransaction {
  /// The BEGIN statement, followed by ``assuming``.
  static func opening(writes: Bool) -> String {
    writes ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
  }

  /// Takes on the role `$1` and sets the tenant `$2`, until the end of the transaction.
  static let assuming = "SELECT set_config('role', $1, true), set_config('swiftclaw.tenant', $2, true)"
  /// The same, and sets `lock_timeout` to `$3` milliseconds.
  static let assumingShared = """
    SELECT set_config('role', $1, true), set_config('swiftclaw.tenant', $2, true), set_config('lock_timeout', $3, true)
    """
  /// Lock timeout of a transaction that several parts share: a lock that one part waits for delays all of them.
  static let sharedLockTimeout: Duration = .milliseconds(200)
  /// Assigns the transaction ID, with which the outcome can be queried.
  static let numbering = "SELECT pg_current_xact_id()"

  /// For a pooler: statements that need no preparation and leave no session state, in one round trip.
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

  /// Server settings, for a transaction or for the lifetime of the connection. A statement prepared while a table is
  /// small keeps its plan as the table grows, so sequential scans are disabled, however cheap they are at first. None
  /// of our statements is worth JIT compilation.
  static func settings(_ configuration: PostgresConfiguration, isLocal: Bool) -> String {
    let (set, timeout) = (isLocal ? "SET LOCAL" : "SET", configuration.statementTimeout.milliseconds)
    return """
      \(set) standard_conforming_strings = on; \(set) row_security = on; \(set) statement_timeout = \(timeout); \
      \(set) idle_in_transaction_session_timeout = \(timeout); \(set) enable_seqscan = off; \(set) jit = off
      """
  }

  /// Both are local to the transaction, so no tenant setting remains on the connection.
  private static func assume(_ role: String, tenant: String) -> String {
    "SET LOCAL ROLE \(PostgresText.name(role)); SET LOCAL swiftclaw.tenant = \(PostgresText.literal(tenant))"
  }

  static func status(of transaction: String) -> String {
    "SELECT pg_xact_status(CAST(\(PostgresText.literal(transaction)) AS xid8))"
  }
}
