import DequeModule

/// A transaction's statements in flight, in order; inserts that are yet to be sent; and continuations that are ready to
/// run.
final class PostgresPipeline {
  struct Statement {
    let sql: String
    /// The part of the transaction that sent it.
    let part: Int
    /// Receives the result, to be cleared.
    let take: (OpaquePointer) throws -> Void
    /// Called if there is no result, or an error.
    let orElse: (() -> Void)?
  }

  private struct Insert {
    let statement: RepeatedStatement
    let shared: [SQLValue]
    var rows: [[SQLValue]]
  }

  private var statements: [Statement] = []
  /// Rows buffered to be sent as one multi-row insert.
  private var inserts: [Insert] = []
  private var insertingParts: Set<Int> = []
  private var resumable: Deque<(part: Int, then: () throws -> Void)> = []
  /// The current part of a shared transaction.
  private(set) var part = 0
  /// Whether a statement in flight has a check that may reject it.
  var hasChecks = false
  /// Whether a continuation depends on a result in flight.
  var hasPendingQueries = false
  /// The first error of a check; the transaction must then be rolled back.
  private(set) var refusal: (any Error)?
  /// The part it belongs to; 0 if unknown.
  private(set) var refusedPart: Int?
  /// The part of the first statement that failed; 0 if unknown.
  private(set) var failedPart: Int?

  var isEmpty: Bool { statements.isEmpty }

  func add(_ sql: String, _ take: @escaping (OpaquePointer) throws -> Void, orElse: (() -> Void)? = nil) {
    statements.append(Statement(sql: sql, part: part, take: take, orElse: orElse))
  }

  func takeAll() -> [Statement] {
    defer { statements.removeAll(keepingCapacity: true) }
    return statements
  }

  /// Delivers a result and records the error if the receiver throws.
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

  /// Schedules the continuation of a part.
  func resume(_ part: Int, _ then: @escaping () throws -> Void) {
    resumable.append((part, then))
  }

  /// Runs the oldest ready continuation; false if there is none.
  func resumeNext() throws -> Bool {
    guard let next = resumable.popFirst() else { return false }
    part = next.part
    try next.then()
    return true
  }

  // MARK: - Inserts

  /// Buffers rows so that inserts into the same table can be combined. Parts are independent, so it is enough that a
  /// part's later statements follow its own inserts.
  func insert(_ statement: RepeatedStatement, _ shared: [SQLValue], rows: [[SQLValue]]) {
    guard !rows.isEmpty else { return }
    insertingParts.insert(part)
    if let place = inserts.firstIndex(where: { $0.statement.id == statement.id && $0.shared == shared }) {
      inserts[place].rows += rows
    } else {
      inserts.append(Insert(statement: statement, shared: shared, rows: rows))
    }
  }

  /// Whether the current part has buffered inserts that were not sent.
  var partInserts: Bool { insertingParts.contains(part) }

  /// Takes the buffered inserts for sending; they belong to no particular part.
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
