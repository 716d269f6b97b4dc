/// What the two engines say differently; everything else is written once.
public struct SQLDialect: Sendable {
  /// Ends a table that is read along its primary key.
  let clustered: String
  /// Ends a statement that reads rows to take them: nobody else gets to see them meanwhile, and nobody waits.
  let claiming: String
  /// Ends a statement that reads rows to change them later in the transaction: others that do the same wait.
  let locking: String
  /// Keeps others from migrating until the transaction ends; empty where nobody else can.
  let migrationLock: String
  /// Finds a table by its name.
  let tableNamed: String
  /// Says how many bytes the whole database takes.
  let size: String
  /// Finds tables of which the planner knows nothing, or when they were a quarter as large; empty where there is no need.
  let unmeasured: String
  /// Whether rows are guarded by policies and roles of the database.
  let hasPolicies: Bool

  /// Notes `$2` as what the worker `$1` does, as part of the transaction that it is. The number of the transaction would
  /// not do: after a crash the server gives numbers again that it had given to what was lost.
  static let postgresMark = """
    INSERT INTO commit_marks (worker, mark, marked_at)
    VALUES ($1, $2, CAST(extract(epoch FROM now()) * 1000 AS BIGINT))
    ON CONFLICT (worker) DO UPDATE SET mark = excluded.mark, marked_at = excluded.marked_at
    """
  /// The same where the worker has left a mark not long ago.
  static let postgresNextMark = "UPDATE commit_marks SET mark = $2 WHERE worker = $1"
  /// What the worker `$1` did last; 0 if it is not known. Waits for what the server has not finished yet.
  static let postgresLastMark = """
    INSERT INTO commit_marks (worker, mark, marked_at)
    VALUES ($1, 0, CAST(extract(epoch FROM now()) * 1000 AS BIGINT))
    ON CONFLICT (worker) DO UPDATE SET marked_at = commit_marks.marked_at RETURNING mark
    """

  static let sqlite = SQLDialect(
    clustered: " WITHOUT ROWID", claiming: "", locking: "", migrationLock: "",
    tableNamed: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
    size: "SELECT p.page_count * s.page_size FROM pragma_page_count() p, pragma_page_size() s", unmeasured: "",
    hasPolicies: false)
  static let postgres = SQLDialect(
    clustered: "", claiming: " FOR UPDATE SKIP LOCKED", locking: " FOR NO KEY UPDATE",
    // Any number that no other program uses for its own locks in the same database.
    migrationLock: "SELECT pg_advisory_xact_lock(7453010313431182)",
    tableNamed: "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
    size: "SELECT pg_database_size(current_database())",
    unmeasured: """
      SELECT quote_ident(relname) FROM pg_class
      WHERE relnamespace = to_regnamespace(current_schema()) AND relkind = 'r' AND pg_has_role(relowner, 'USAGE')
        AND pg_relation_size(oid) > 8192 * CASE WHEN reltuples < 0 THEN 1 ELSE 4 * greatest(relpages, 1) END
      """,
    hasPolicies: true)
}
