/// What was said to the server in a transaction and has no answer yet, in its order.
final class PostgresPipeline {
  struct Statement {
    let sql: String
    /// Given the answer, to be cleared.
    let take: (OpaquePointer) throws -> Void
    /// Done if there is none, or a bad one.
    let orElse: (() -> Void)?
  }

  private var statements: [Statement] = []
  /// Whether something on its way may yet be refused.
  var hasChecks = false
  /// The first thing that a check refused; nothing of the transaction may be kept then.
  private(set) var refusal: (any Error)?

  var isEmpty: Bool { statements.isEmpty }

  func add(_ sql: String, _ take: @escaping (OpaquePointer) throws -> Void, orElse: (() -> Void)? = nil) {
    statements.append(Statement(sql: sql, take: take, orElse: orElse))
  }

  func takeAll() -> [Statement] {
    defer { statements.removeAll(keepingCapacity: true) }
    return statements
  }

  /// Hands an answer on, and notes what is thrown at it.
  func take(_ result: OpaquePointer, of statement: Statement) {
    do {
      try statement.take(result)
    } catch {
      if refusal == nil { refusal = error }
    }
  }
}

/// The names of what is prepared on a connection.
final class PostgresStatements {
  /// The types of the parameters belong to what is prepared.
  private struct Key: Hashable {
    let sql: String
    let types: [UInt32]
  }

  private var names: [Key: String] = [:]
  private var count = 0

  /// - Returns: the name of a statement, and whether it has to be prepared under it.
  func name(of sql: String, _ types: [UInt32]) -> (name: String, isNew: Bool) {
    let key = Key(sql: sql, types: types)
    if let name = names[key] { return (name, false) }
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
