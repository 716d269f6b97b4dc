import ClawCore

/// The schema version of a database.
public struct SchemaState: Sendable, Hashable {
  /// A schema migration.
  public struct Step: Sendable, Hashable {
    public let version: Int
    public let name: String
    /// Nil if it has not been applied.
    public let appliedAt: Timestamp?
  }

  /// Applied migrations, in order.
  public let applied: [Step]
  /// Migrations that this program would apply at startup.
  public let missing: [Step]
  /// Size of the whole database.
  public let bytes: Int64
}
