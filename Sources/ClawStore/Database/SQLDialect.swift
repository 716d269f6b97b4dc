/// What the two engines say differently; everything else is written once.
public struct SQLDialect: Sendable {
  /// Ends a table that is read along its primary key.
  let clustered: String

  static let sqlite = SQLDialect(clustered: " WITHOUT ROWID")
}
