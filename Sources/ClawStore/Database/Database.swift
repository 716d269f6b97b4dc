/// A connection inside a transaction. It belongs to one thread and must not leave the closure it is passed to.
public protocol DatabaseConnection {
  var dialect: SQLDialect { get }

  /// Runs a statement with parameters `$1`, `$2` … and returns the number of rows changed.
  /// - Throws: ``DatabaseError``; also what the check of an earlier statement threw, see
  ///   ``executePipelined(_:_:check:)``.
  @discardableResult
  func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

  /// Sends a statement without waiting for its result, if the engine supports that. The result is processed at the next
  /// statement that waits, and at the latest before the commit.
  /// - Parameter check: Receives the number of rows changed. Its error is thrown by the call that processes the result.
  func executePipelined(_ sql: String, _ parameters: [SQLValue], check: ((Int) throws -> Void)?) throws

  /// Inserts rows without waiting for the result, like ``executePipelined(_:_:check:)``. Inserts of several parts of a
  /// transaction into one table may be combined into one statement.
  /// - Parameter shared: The parameters common to all rows.
  func insertPipelined(_ statement: RepeatedStatement, _ shared: [SQLValue], rows: [[SQLValue]]) throws

  /// Runs a statement and reads its rows in order.
  func query<T>(_ sql: String, _ parameters: [SQLValue], _ read: (any SQLRow) throws -> T) throws -> [T]

  /// Runs a statement and passes its rows to `then` when they have arrived: at once, or after later statements of the
  /// body were sent.
  /// - Parameter then: Receives the rows in order. Its error is thrown by the call that processes the result.
  func queryPipelined<T>(
    _ sql: String, _ parameters: [SQLValue], _ read: @escaping (any SQLRow) throws -> T,
    then: @escaping ([T]) throws -> Void) throws

  /// Runs `action` after the commit, in commit order and before the writer's call returns; never if the transaction
  /// fails. It must be short and must not block.
  func afterCommit(_ action: @escaping @Sendable () -> Void)
}

extension DatabaseConnection {
  public func executePipelined(_ sql: String, _ parameters: [SQLValue], check: ((Int) throws -> Void)?) throws {
    let changed = try execute(sql, parameters)
    try check?(changed)
  }

  public func insertPipelined(_ statement: RepeatedStatement, _ shared: [SQLValue], rows: [[SQLValue]]) throws {
    for (text, parameters) in statement.statements(shared, rows) { try executePipelined(text, parameters, check: nil) }
  }

  public func queryPipelined<T>(
    _ sql: String, _ parameters: [SQLValue], _ read: @escaping (any SQLRow) throws -> T,
    then: @escaping ([T]) throws -> Void
  ) throws {
    try then(try query(sql, parameters, read))
  }
}

/// One of the two engines. Both run the same SQL.
public protocol Database: Sendable {
  /// `sqlite` or `postgres`.
  var engine: String { get }

  /// Reads from one snapshot. `body` may run more than once.
  /// - Throws: what `body` throws; ``ClawError`` `unavailable` if the database can't be read.
  func read<T: Sendable>(
    as scope: DatabaseScope, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T

  /// Runs `body` in one transaction, which commits if `body` returns and rolls back if it throws. `body` may run more
  /// than once and must not wait for anything. Cancellation does not interrupt it.
  /// - Throws: what `body` throws; ``ClawError`` `unavailable` if the change can't be stored (disk full), or if its
  ///   outcome is unknown, which the message then says.
  func write<T: Sendable>(
    as scope: DatabaseScope, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T

  /// Like ``write(as:_:)``, for a write to a single object. It may share its transaction with writes of the same scope
  /// to other objects: their statements are interleaved, and either all commit or each is retried alone.
  /// - Parameters:
  ///   - key: Identifies the object. The body may lock only rows of that object, so that locks are taken in key order.
  ///   - body: Sets the ``DeferredResult`` by the time all its statements have results.
  func write<T: Sendable>(
    as scope: DatabaseScope, concerning key: String,
    _ body: @escaping @Sendable (any DatabaseConnection, DeferredResult<T>) throws -> Void
  ) async throws -> T

  /// Why the database rejects writes until an operator repairs it; nil if it accepts them.
  var fault: StoreFault? { get }

  /// Calls `observer` once per ``StoreFault``. One observer at a time.
  func observeFaults(_ observer: @escaping @Sendable (StoreFault) -> Void)

  /// Checks for a ``StoreFault`` now.
  func look() async

  /// Writes to a row of the gateway's own.
  /// - Parameter limit: How long to wait; the write itself may complete later.
  /// - Throws: why the write failed, or ``ClawError`` `unavailable` if it did not complete within `limit`.
  func probe(within limit: Duration) async throws

  /// Makes committed transactions survive a power failure too.
  func sync() async throws

  /// Finishes running work and closes the files. Later calls throw `unavailable`.
  func close() async
}

extension Database {
  public var fault: StoreFault? { nil }
  public func observeFaults(_ observer: @escaping @Sendable (StoreFault) -> Void) {}
  public func look() async {}

  public func write<T: Sendable>(
    as scope: DatabaseScope, concerning key: String,
    _ body: @escaping @Sendable (any DatabaseConnection, DeferredResult<T>) throws -> Void
  ) async throws -> T {
    try await write(as: scope) { connection in
      let later = DeferredResult<T>()
      try body(connection, later)
      return try later.value()
    }
  }
}
