/// What the two engines say differently; everything else is written once.
public struct SQLDialect: Sendable {
  /// Ends a table that is read along its primary key.
  let clustered: String
  /// Ends a statement that reads rows to take them: nobody else gets to see them meanwhile, and nobody waits.
  let claiming: String
  /// Keeps others from migrating until the transaction ends; empty where nobody else can.
  let migrationLock: String
  /// Finds a table by its name.
  let tableNamed: String
  /// Says how many bytes the whole database takes.
  let size: String
  /// Whether rows are guarded by policies and roles of the database.
  let hasPolicies: Bool

  static let sqlite = SQLDialect(
    clustered: " WITHOUT ROWID", claiming: "", migrationLock: "",
    tableNamed: "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = $1",
    size: "SELECT p.page_count * s.page_size FROM pragma_page_count() p, pragma_page_size() s", hasPolicies: false)
  static let postgres = SQLDialect(
    clustered: "", claiming: " FOR UPDATE SKIP LOCKED",
    // Any number that no other program uses for its own locks in the same database.
    migrationLock: "SELECT pg_advisory_xact_lock(7453010313431182)",
    tableNamed: "SELECT 1 FROM pg_tables WHERE schemaname = current_schema() AND tablename = $1",
    size: "SELECT pg_database_size(current_database())", hasPolicies: true)
}
