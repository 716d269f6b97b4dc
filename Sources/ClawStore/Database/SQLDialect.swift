/// What the two engines say differently; everything else is written once.
public struct SQLDialect: Sendable {
  /// Ends a table that is read along its primary key.
  let clustered: String
  /// Ends a statement that reads rows to take them: nobody else gets to see them meanwhile, and nobody waits.
  let claiming: String
  /// Keeps others from migrating until the transaction ends; empty where nobody else can.
  let migrationLock: String
  /// Whether rows are guarded by policies and roles of the database.
  let hasPolicies: Bool

  static let sqlite = SQLDialect(clustered: " WITHOUT ROWID", claiming: "", migrationLock: "", hasPolicies: false)
  static let postgres = SQLDialect(
    clustered: "", claiming: " FOR UPDATE SKIP LOCKED",
    // Any number that no other program uses for its own locks in the same database.
    migrationLock: "SELECT pg_advisory_xact_lock(7453010313431182)", hasPolicies: true)
}
