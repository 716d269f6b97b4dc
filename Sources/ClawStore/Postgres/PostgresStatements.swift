import ClawJSON

/// The names of what is prepared on a connection, at most ``maxNames``: the server keeps each in its memory.
final class PostgresStatements {
  /// The types of the parameters belong to what is prepared.
  private struct Key: Hashable {
    @UTF8Key var sql: String
    let types: [UInt32]
  }

  /// Far more than there are statements. What comes after it is prepared without a name, each time anew.
  static let maxNames = 1_000
  private static let nameless = ""

  private var names: [Key: String] = [:]
  private var count = 0

  /// - Returns: the name of a statement, and whether it has to be prepared under it.
  func name(of sql: String, _ types: [UInt32]) -> (name: String, isNew: Bool) {
    let key = Key(sql: sql, types: types)
    if let name = names[key] { return (name, false) }
    guard names.count < Self.maxNames else { return (Self.nameless, true) }
    count += 1
    let name = "s\(count)"
    names[key] = name
    return (name, true)
  }

  /// A statement that could not be prepared; its name is not given again.
  func forget(_ name: String) {
    for (key, known) in names where known == name { names[key] = nil }
  }
}
