import ClawCore

/// Access to node-wide tables: the work queue, the state of the nodes.
public struct NodeDatabase: Sendable {
  private let database: any Database

  init(database: any Database) {
    self.database = database
  }

  public func read<T: Sendable>(_ body: @escaping @Sendable (NodeTransaction) throws -> T) async throws -> T {
    try await database.read(as: .node) { try body(NodeTransaction(connection: $0)) }
  }

  public func write<T: Sendable>(_ body: @escaping @Sendable (NodeTransaction) throws -> T) async throws -> T {
    try await database.write(as: .node) { try body(NodeTransaction(connection: $0)) }
  }
}

/// One transaction on node-wide tables.
public struct NodeTransaction {
  private let connection: any DatabaseConnection

  init(connection: any DatabaseConnection) {
    self.connection = connection
  }

  @discardableResult
  func execute(_ statement: NodeStatement, _ parameters: SQLValue...) throws -> Int {
    try connection.execute(statement.text(connection.dialect), parameters)
  }

  /// See ``DatabaseConnection/executePipelined(_:_:check:)``.
  func executePipelined(_ statement: NodeStatement, _ parameters: SQLValue..., check: ((Int) throws -> Void)? = nil)
    throws
  {
    try connection.executePipelined(statement.text(connection.dialect), parameters, check: check)
  }

  func query<T>(_ statement: NodeStatement, _ parameters: SQLValue..., read: (any SQLRow) throws -> T) throws -> [T] {
    try connection.query(statement.text(connection.dialect), parameters, read)
  }

  /// See ``DatabaseConnection/insertPipelined(_:_:rows:)``.
  func insertPipelined(_ statement: RepeatedStatement, rows: [[SQLValue]]) throws {
    try connection.insertPipelined(statement, [], rows: rows)
  }
}
