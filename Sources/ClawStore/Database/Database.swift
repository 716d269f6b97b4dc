/// A connection inside a transaction. It belongs to one thread and must not leave the closure it is passed to.
public protocol DatabaseConnection {
  var dialect: SQLDialect { get }

  /// Runs a statement with `$1`, `$2` … and returns how many rows it changed.
  /// - Throws: ``DatabaseError``; what the check of an earlier statement threw, see ``executeLater(_:_:check:)``.
  @discardableResult
  func execute(_ sql: String, _ parameters: [SQLValue]) throws -> Int

  /// Runs a statement without waiting for how it goes, where the engine can: that is looked at with the next statement
  /// that is waited for, and before the commit.
  /// - Parameter check: Given how many rows it changed; what it throws is thrown by whatever is waited for.
  func executeLater(_ sql: String, _ parameters: [SQLValue], check: ((Int) throws -> Void)?) throws

  /// Runs a statement and reads its rows in order.
  func query<T>(_ sql: String, _ parameters: [SQLValue], _ read: (any SQLRow) throws -> T) throws -> [T]

  /// Done once the transaction is durable, in the order of commits, before whoever wrote learns of it; never done if
  /// it fails. Must be short and must not block.
  func afterCommit(_ action: @escaping @Sendable () -> Void)
}

extension DatabaseConnection {
  public func executeLater(_ sql: String, _ parameters: [SQLValue], check: ((Int) throws -> Void)?) throws {
    let changed = try execute(sql, parameters)
    try check?(changed)
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

  /// Makes sure that what was committed survives a power cut too.
  func sync() async throws

  /// Finishes what was begun and lets go of the files. Later calls throw `unavailable`.
  func close() async
}
