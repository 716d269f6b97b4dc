import ClawCore

/// How far the schema of a database is.
public struct SchemaState: Sendable, Hashable {
  /// A step of the schema.
  public struct Step: Sendable, Hashable {
    public let version: Int
    public let name: String
    /// Nil if it has not been taken.
    public let appliedAt: Timestamp?
  }

  /// Steps that were taken, in their order.
  public let applied: [Step]
  /// Steps that this program would take at its start.
  public let missing: [Step]
  /// Size of the whole database.
  public let bytes: Int64
}
