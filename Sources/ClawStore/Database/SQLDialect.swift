/// Where the SQL of the two engines differs; all other SQL is shared.
public struct SQLDialect: Sendable {
  /// Suffix of CREATE TABLE for a table that is read in primary key order.
  let clustered: String
  /// Suffix of a SELECT that claims rows: skips rows that another transaction has locked, and locks the rest.
  let claiming: String
  /// Suffix of a SELECT whose rows are updated later in the transaction: concurrent ones wait.
  let locking: String
  /// Serializes migrations until the transaction ends; empty if there is only one process.
  let migrationLock: String
  /// Looks up a table by name.
  let tableNamed: String
  /// Returns the size of the whole database in bytes.
  let size: String
  /// Finds tables that were never analyzed or have grown fourfold since. Empty on SQLite.
  let tablesToAnalyze: String
  /// Whether the database has roles and row-level security.
  let hasPolicies: Bool

  /// Stores `$2` as the current mark of the worker `$1`, inside its transaction. The transaction ID would not do: after
  /// a crash the server reuses IDs of transactions that were lost.
  static let postgresMark = """
    INSERT INTO commit_marks (worker, mark, marked_at)
    VALUES ($1, $2, CAST(extract(epoch FROM now()) * 1000 AS BIGINT))
    ON CONFLICT (worker) DO UPDATE SET mark = excluded.mark, marked_at = excluded.marked_at
    """
  /// The same if the worker has stored a mark recently.
  static let postgresNextMark = "UPDATE commit_marks SET mark = $2 WHERE worker = $1"
  /// The last mark of the worker `$1`; 0 if there is none. Blocks until a transaction of the worker that is still
  /// running on the server has ended.
  static let postgresLastMark = """
    INSERT INTO commit_marks (worker, mark, marked_at)
    VALUES ($1, 0, CAST(extract(epoch FROM now()) * 1000 AS BIGINT))
    ON CONFLICT (worker) DO UPDATE SET marked_at = commit_marks.marked_at RETURNING mark
    """

  static let sqlite = SQLDialect(
    clustered: " WITHOUT ROWID", claiming: "", locking: "", migrationLock: "",
    tableNamed: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
    size: "SELECT p.page_count * s.page_size FROM pragma_page_count() p, pragma_page_size() s", tablesToAnalyze: "",
    hasPolicies: false)
  static let postgres = SQLDialect(
    clustered: "", claiming: " FOR UPDATE SKIP LOCKED", locking: " FOR NO KEY UPDATE",
    // An arbitrary key that no other program uses for advisory locks in the same database.
    migrationLock: "SELECT pg_advisory_xact_lock(7453010313431182)",
    tableNamed: "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
    size: "SELECT pg_database_size(current_database())",
    tablesToAnalyze: """
      SELECT quote_ident(relname) FROM pg_class
      WHERE relnamespace = to_regnamespace(current_schema()) AND relkind = 'r' AND pg_has_role(relowner, 'USAGE')
        AND pg_relation_size(oid) > 8192 * CASE WHEN reltuples < 0 THEN 1 ELSE 4 * greatest(relpages, 1) END
      """,
    hasPolicies: true)
}
