/// A connection inside a transaction. It belongs to one thread and must not leave the closure it is passed to.
public protocol DatabaseConnection {
  var dialect: SQLDialect { get }

  /// Runs a statement with `$1`, `$2` … and returns how many rows it changed.
  /// - Throws: ``DatabaseError``; what the check of an earlier statement threw, see ``executePipelined(_:_:check:)``.
  @discardableResult
  func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

  /// Runs a statement without waiting for how it goes, where the engine can: that is looked at with the next statement
  /// that is waited for, and before the commit.
  /// - Parameter check: Given how many rows it changed; what it throws is thrown by whatever is waited for.
  func executePipelined(_ sql: String, _ parameters: [SQLValue], check: ((Int) throws -> Void)?) throws

  /// Inserts rows without waiting for how it goes, as ``executePipelined(_:_:check:)``. What several parts of a transaction
  /// insert into one table may become one statement.
  /// - Parameter shared: The parameters that all rows have in common.
  func insertPipelined(_ statement: RepeatedStatement, _ shared: [SQLValue], rows: [[SQLValue]]) throws

  /// Runs a statement and reads its rows in order.
  func query<T>(_ sql: String, _ parameters: [SQLValue], _ read: (any SQLRow) throws -> T) throws -> [T]

  /// Runs a statement and goes on with its rows once they are there: now, or after what follows it in the body.
  /// - Parameter then: Has the rows in order; what it throws is thrown by whatever is waited for.
  func queryPipelined<T>(
    _ sql: String, _ parameters: [SQLValue], _ read: @escaping (any SQLRow) throws -> T,
    then: @escaping ([T]) throws -> Void) throws

  /// Done once the transaction is durable, in the order of commits, before whoever wrote learns of it; never done if
  /// it fails. Must be short and must not block.
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

/// One of the two engines. Both run the same SQL texts.
public protocol Database: Sendable {
  /// `sqlite` or `postgres`.
  var engine: String { get }

  /// Reads in one snapshot. `body` may run more than once.
  /// - Throws: what `body` throws; ``ClawError`` `unavailable` if the database can't be read.
  func read<T: Sendable>(
    as scope: DatabaseScope, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T

  /// Runs `body` in one transaction, which commits if it returns and leaves nothing behind if it throws. `body` may
  /// run more than once and must not wait for anything. Cancellation does not interrupt it.
  /// - Throws: what `body` throws; ``ClawError`` `unavailable` if the change can't be kept (disk full), or if it can't
  ///   be told whether it was, which the message then says.
  func write<T: Sendable>(
    as scope: DatabaseScope, _ body: @escaping @Sendable (any DatabaseConnection) throws -> T
  ) async throws -> T

  /// As ``write(as:_:)``, for one that concerns one thing alone and may share its transaction with others of its scope
  /// that concern other things: they are done side by side, and all are kept or each is done again alone.
  /// - Parameters:
  ///   - key: What it concerns. What it locks must belong to that, so that locks are taken in the order of keys.
  ///   - body: Leaves what it comes to in ``DeferredResult``, by the time all that it asked has been answered.
  func write<T: Sendable>(
    as scope: DatabaseScope, concerning key: String,
    _ body: @escaping @Sendable (any DatabaseConnection, DeferredResult<T>) throws -> Void
  ) async throws -> T

  /// What keeps the database from taking writes until a person has looked after it; nil if nothing does.
  var fault: StoreFault? { get }

  /// Is told of each ``StoreFault`` once. One observer at a time.
  func observeFaults(_ observer: @escaping @Sendable (StoreFault) -> Void)

  /// Looks for a ``StoreFault`` now.
  func look() async

  /// Changes a row of the gateway's own.
  /// - Parameter limit: How long to wait for that; the change itself may happen later.
  /// - Throws: why it can't be changed, or ``ClawError`` `unavailable` if it was not within `limit`.
  func probe(within limit: Duration) async throws

  /// Makes sure that what was committed survives a power cut too.
  func sync() async throws

  /// Finishes what was begun and lets go of the files. Later calls throw `unavailable`.
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
