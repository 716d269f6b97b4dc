import ClawCore

/// The only access to a tenant's rows.
public struct TenantDatabase: Sendable {
  private let database: any Database
  public let tenant: TenantID

  init(database: any Database, tenant: TenantID) {
    self.database = database
    self.tenant = tenant
  }

  /// Reads from one snapshot.
  public func read<T: Sendable>(_ body: @escaping @Sendable (TenantTransaction) throws -> T) async throws -> T {
    let tenant = tenant
    return try await database.read(as: .tenant(tenant)) { try body(TenantTransaction(connection: $0, tenant: tenant)) }
  }

  /// Writes in one transaction; see ``Database/write(as:_:)``.
  public func write<T: Sendable>(_ body: @escaping @Sendable (TenantTransaction) throws -> T) async throws -> T {
    let tenant = tenant
    return try await database.write(as: .tenant(tenant)) { try body(TenantTransaction(connection: $0, tenant: tenant)) }
  }

  /// Writes to one session, in a transaction that may be shared with other waiting sessions of the tenant; see
  /// ``Database/write(as:concerning:_:)``.
  func write<T: Sendable>(
    in address: SessionAddress, _ body: @escaping @Sendable (TenantTransaction, DeferredResult<T>) throws -> Void
  ) async throws -> T {
    let tenant = tenant
    return try await database.write(as: .tenant(tenant), concerning: address.lockKey) {
      try body(TenantTransaction(connection: $0, tenant: tenant), $1)
    }
  }
}

extension SessionAddress {
  /// Identifies a session within its tenant and defines the lock order.
  public var lockKey: String { "\(user.rawValue)\u{0}\(key.rawValue)" }
}

/// One transaction of one tenant, or one session's part of a shared one. Gives access to the repositories.
public struct TenantTransaction {
  private let connection: any DatabaseConnection
  public let tenant: TenantID

  init(connection: any DatabaseConnection, tenant: TenantID) {
    self.connection = connection
    self.tenant = tenant
  }

  /// The same transaction on node-wide tables.
  var node: NodeTransaction { NodeTransaction(connection: connection) }

  /// Runs `action` after the commit; see ``DatabaseConnection/afterCommit(_:)``.
  public func afterCommit(_ action: @escaping @Sendable () -> Void) {
    connection.afterCommit(action)
  }

  @discardableResult
  func execute(_ statement: TenantStatement, _ parameters: SQLValue...) throws -> Int {
    try connection.execute(statement.text(connection.dialect), [.id(tenant)] + parameters)
  }

  /// See ``DatabaseConnection/executePipelined(_:_:check:)``.
  func executePipelined(
    _ statement: TenantStatement, _ parameters: SQLValue..., check: ((Int) throws -> Void)? = nil
  ) throws {
    try executePipelined(statement, parameters, check: check)
  }

  /// See ``DatabaseConnection/executePipelined(_:_:check:)``.
  func executePipelined(
    _ statement: TenantStatement, _ parameters: [SQLValue], check: ((Int) throws -> Void)? = nil
  ) throws {
    try connection.executePipelined(statement.text(connection.dialect), [.id(tenant)] + parameters, check: check)
  }

  /// See ``DatabaseConnection/insertPipelined(_:_:rows:)``; the rows are without the tenant.
  func insertPipelined(_ statement: RepeatedStatement, rows: [[SQLValue]]) throws {
    try connection.insertPipelined(statement, [.id(tenant)], rows: rows)
  }

  func query<T>(_ statement: TenantStatement, _ parameters: SQLValue..., read: (any SQLRow) throws -> T) throws -> [T] {
    try query(statement, parameters, read: read)
  }

  func query<T>(_ statement: TenantStatement, _ parameters: [SQLValue], read: (any SQLRow) throws -> T) throws -> [T] {
    try connection.query(statement.text(connection.dialect), [.id(tenant)] + parameters, read)
  }

  /// See ``DatabaseConnection/queryPipelined(_:_:_:then:)``.
  /// - Parameter meanwhile: Sends statements that go after this one and before `then`, on either engine.
  func queryPipelined<T>(
    _ statement: TenantStatement, _ parameters: [SQLValue], read: @escaping (any SQLRow) throws -> T,
    meanwhile: () throws -> Void = {}, then: @escaping ([T]) throws -> Void
  ) throws {
    var early: [T]?
    var isSaid = false
    try connection.queryPipelined(statement.text(connection.dialect), [.id(tenant)] + parameters, read) { rows in
      guard isSaid else {
        early = rows
        return
      }
      try then(rows)
    }
    try meanwhile()
    isSaid = true
    if let early { try then(early) }
  }
}
