import ClawJSON

/// Names of the statements prepared on a connection, at most ``maxNames``: each takes memory of the server.
final class PostgresStatements {
  /// A prepared statement is specific to its parameter types.
  private struct Key: Hashable {
    @UTF8Key var sql: String
    let types: [UInt32]
  }

  /// Far more than there are statements. Beyond it, statements are unnamed and prepared each time.
  static let maxNames = 1_000
  private static let nameless = ""

  private var names: [Key: String] = [:]
  private var count = 0

  /// - Returns: the statement's name, and whether it has yet to be prepared.
  func name(of sql: String, _ types: [UInt32]) -> (name: String, isNew: Bool) {
    let key = Key(sql: sql, types: types)
    if let name = names[key] { return (name, false) }
    guard names.count < Self.maxNames else { return (Self.nameless, true) }
    count += 1
    let name = "s\(count)"
    names[key] = name
    return (name, true)
  }

  /// Drops a statement whose preparation failed; its name is not reused.
  func forget(_ name: String) {
    for (key, known) in names where known == name { names[key] = nil }
  }
}
