import DequeModule

/// What was said to the server in a transaction and has no answer yet, in its order; what is still to be said; and what
/// goes on once there are answers.
final class PostgresPipeline {
  struct Statement {
    let sql: String
    /// Whose it is.
    let part: Int
    /// Given the answer, to be cleared.
    let take: (OpaquePointer) throws -> Void
    /// Done if there is none, or a bad one.
    let orElse: (() -> Void)?
  }

  private struct Insert {
    let statement: RepeatedStatement
    let shared: [SQLValue]
    var rows: [[SQLValue]]
  }

  private var statements: [Statement] = []
  /// Rows that wait for more of their kind.
  private var inserts: [Insert] = []
  private var insertingParts: Set<Int> = []
  private var goingOn: Deque<(part: Int, then: () throws -> Void)> = []
  /// Which part of a transaction speaks that several share.
  private(set) var part = 0
  /// Whether something on its way may yet be refused.
  var hasChecks = false
  /// Whether something goes on with an answer that is on its way.
  var hasQuestions = false
  /// The first thing that a check refused; nothing of the transaction may be kept then.
  private(set) var refusal: (any Error)?
  /// Whose it was; 0 if that can't be told.
  private(set) var refusedPart: Int?
  /// Of which part the first statement was that went wrong; 0 if that can't be told.
  private(set) var failedPart: Int?

  var isEmpty: Bool { statements.isEmpty }

  func add(_ sql: String, _ take: @escaping (OpaquePointer) throws -> Void, orElse: (() -> Void)? = nil) {
    statements.append(Statement(sql: sql, part: part, take: take, orElse: orElse))
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
      if refusal == nil { (refusal, refusedPart) = (error, statement.part) }
    }
  }

  func failed(_ statement: Statement) {
    if failedPart == nil { failedPart = statement.part }
  }

  // MARK: - Parts

  func beginPart() { part += 1 }

  /// What a part goes on with once it has an answer.
  func resume(_ part: Int, _ then: @escaping () throws -> Void) {
    goingOn.append((part, then))
  }

  /// Goes on with the part that has had its answer for longest; false if there is none.
  func resumeNext() throws -> Bool {
    guard let next = goingOn.popFirst() else { return false }
    part = next.part
    try next.then()
    return true
  }

  // MARK: - Inserts

  /// Keeps rows until more of their kind have come. Parts have nothing to do with one another, so it is enough that what
  /// one of them says later comes after what it inserts.
  func insert(_ statement: RepeatedStatement, _ shared: [SQLValue], rows: [[SQLValue]]) {
    guard !rows.isEmpty else { return }
    insertingParts.insert(part)
    if let place = inserts.firstIndex(where: { $0.statement.id == statement.id && $0.shared == shared }) {
      inserts[place].rows += rows
    } else {
      inserts.append(Insert(statement: statement, shared: shared, rows: rows))
    }
  }

  /// Whether the part that speaks has inserted rows that the server was not told of.
  var partInserts: Bool { insertingParts.contains(part) }

  /// Hands over what is to be inserted, which is of nobody in particular.
  func takeInserts<E: Error>(_ send: (String, [SQLValue]) throws(E) -> Void) throws(E) {
    let (taken, speaking) = (inserts, part)
    inserts.removeAll(keepingCapacity: true)
    insertingParts.removeAll(keepingCapacity: true)
    part = 0
    defer { part = speaking }
    for insert in taken {
      for (text, parameters) in insert.statement.statements(insert.shared, insert.rows) { try send(text, parameters) }
    }
  }
}
