import ClawCore

/// Checks whether a PostgreSQL database can be used. Run at startup, and by `doctor`.
struct ServerCheck: Sendable {
  let database: any Database

  /// The oldest supported version, as in `server_version_num`.
  private static let oldestVersion = 150_000

  private struct Facts: Sendable {
    let version: Int
    let encoding: String
    /// The first schema of the search path that exists and is accessible.
    let schema: String?
    let searchPath: String
    let user: String
    let database: String
    let isStandby: Bool
    let isReadOnly: Bool
    let mayCreate: Bool
  }

  private static let facts = """
    SELECT CAST(current_setting('server_version_num') AS BIGINT), current_setting('server_encoding'), current_schema(),
      current_setting('search_path'), current_user, current_database(), pg_is_in_recovery(),
      current_setting('default_transaction_read_only') = 'on',
      COALESCE(has_schema_privilege(current_schema(), 'CREATE'), false)
    """

  /// - Parameter creates: Whether tables have yet to be created.
  /// - Throws: ``ClawError`` `failedPrecondition` with a ``DatabaseRefusal`` as its cause.
  func require(creates: Bool) async throws {
    let facts = try await database.read(as: .owner) { connection in
      try connection.query(Self.facts, []) { row in
        Facts(
          version: row.int(0), encoding: row.text(1), schema: row.optionalText(2), searchPath: row.text(3),
          user: row.text(4), database: row.text(5), isStandby: row.bool(6), isReadOnly: row.bool(7),
          mayCreate: row.bool(8))
      }
    }
    guard let facts = facts.first, let refusal = Self.refusal(facts, creates: creates) else { return }
    throw refusal.claw
  }

  private static func refusal(_ facts: Facts, creates: Bool) -> DatabaseRefusal? {
    let (user, database) = (PostgresText.name(facts.user), PostgresText.name(facts.database))
    if facts.version < oldestVersion {
      return DatabaseRefusal(
        reason: "the server is PostgreSQL \(facts.version / 10_000), and 15 is the oldest that serves",
        remedy: "upgrade it, or name another one in SWIFTCLAW_POSTGRES_DSN")
    }
    if facts.encoding != "UTF8" {
      return DatabaseRefusal(
        reason: "the database \(facts.database) is encoded in \(facts.encoding), which can't keep every text",
        remedy: "make one in UTF8 and name it in SWIFTCLAW_POSTGRES_DSN: "
          + "CREATE DATABASE swiftclaw OWNER \(user) ENCODING 'UTF8' TEMPLATE template0")
    }
    if facts.isStandby {
      return DatabaseRefusal(
        reason: "the server is a standby and takes no writes",
        remedy: "name the primary in SWIFTCLAW_POSTGRES_DSN, or several hosts with target_session_attrs=read-write")
    }
    if facts.isReadOnly {
      return DatabaseRefusal(
        reason: "default_transaction_read_only is on for the user \(facts.user), so the database takes no writes",
        remedy: "let an administrator type: BEGIN READ WRITE; "
          + "ALTER DATABASE \(database) SET default_transaction_read_only = off; "
          + "ALTER ROLE \(user) SET default_transaction_read_only = off; COMMIT")
    }
    guard let schema = facts.schema else {
      return DatabaseRefusal(
        reason: "no schema of the search_path (\(facts.searchPath)) is there, or may be used by \(facts.user)",
        remedy: "make that schema, or let an administrator type: ALTER ROLE \(user) SET search_path = public")
    }
    if creates, !facts.mayCreate {
      let name = PostgresText.name(schema)
      return DatabaseRefusal(
        reason: "permission denied: the user \(facts.user) may not make tables in the schema \(schema)",
        remedy: "let an administrator type: GRANT USAGE, CREATE ON SCHEMA \(name) TO \(user)")
    }
    return nil
  }

  private struct TakenBack: Error {}

  /// Creates a table, writes to it and reads it, and rolls back.
  /// - Throws: the server's error if it rejects any of that.
  func rehearse() async throws {
    do {
      try await database.write(as: .owner) { connection in
        // A name that no table of ours has; it is never committed.
        try connection.execute("CREATE TABLE swiftclaw_rehearsal (body TEXT NOT NULL)", [])
        try connection.execute("INSERT INTO swiftclaw_rehearsal (body) VALUES ($1)", [.text("✓")])
        throw TakenBack()
      }
    } catch is TakenBack {}
  }
}
