import ClawCore

/// The only way to a tenant's rows.
public struct TenantDatabase: Sendable {
  private let database: any Database
  public let tenant: TenantID

  init(database: any Database, tenant: TenantID) {
    self.database = database
    self.tenant = tenant
  }

  /// Reads in one snapshot.
  public func read<T: Sendable>(_ body: @escaping @Sendable (TenantTransaction) throws -> T) async throws -> T {
    let tenant = tenant
    return try await database.read(as: .tenant(tenant)) { try body(TenantTransaction(connection: $0, tenant: tenant)) }
  }

  /// Changes in one transaction; see ``Database/write(as:_:)``.
  public func write<T: Sendable>(_ body: @escaping @Sendable (TenantTransaction) throws -> T) async throws -> T {
    let tenant = tenant
    return try await database.write(as: .tenant(tenant)) { try body(TenantTransaction(connection: $0, tenant: tenant)) }
  }
}

/// One transaction of one tenant. The repositories hang off it.
public struct TenantTransaction {
  private let connection: any DatabaseConnection
  public let tenant: TenantID

  init(connection: any DatabaseConnection, tenant: TenantID) {
    self.connection = connection
    self.tenant = tenant
  }

  /// Work to do, which is found across tenants.
  public var queue: WorkQueue { WorkQueue(node: node) }

  /// The same transaction on node-wide tables.
  var node: NodeTransaction { NodeTransaction(connection: connection) }

  /// Secrets of devices, which are found across tenants.
  public var credentials: DeviceCredentials { DeviceCredentials(node: NodeTransaction(connection: connection)) }

  /// Done once the transaction is durable; see ``DatabaseConnection/afterCommit(_:)``.
  public func afterCommit(_ action: @escaping @Sendable () -> Void) {
    connection.afterCommit(action)
  }

  @discardableResult
  func execute(_ statement: TenantStatement, _ parameters: SQLValue...) throws -> Int {
    try connection.execute(statement.text, [.id(tenant)] + parameters)
  }

  /// See ``DatabaseConnection/executeLater(_:_:check:)``.
  func executeLater(
    _ statement: TenantStatement, _ parameters: SQLValue..., check: ((Int) throws -> Void)? = nil
  ) throws {
    try connection.executeLater(statement.text, [.id(tenant)] + parameters, check: check)
  }

  /// Inserts rows, later.
  /// - Parameter shared: The parameters after the tenant that all rows have in common.
  func insert(_ statement: RepeatedStatement, _ shared: SQLValue..., rows: [[SQLValue]]) throws {
    var rest = rows[...]
    while !rest.isEmpty {
      let some = rest.prefix(RepeatedStatement.maxRows)
      try connection.executeLater(
        statement.text(rows: some.count), [.id(tenant)] + shared + some.joined(), check: nil)
      rest = rest.dropFirst(some.count)
    }
  }

  func query<T>(_ statement: TenantStatement, _ parameters: SQLValue..., read: (any SQLRow) throws -> T) throws -> [T] {
    try query(statement, parameters, read: read)
  }

  func query<T>(_ statement: TenantStatement, _ parameters: [SQLValue], read: (any SQLRow) throws -> T) throws -> [T] {
    try connection.query(statement.text, [.id(tenant)] + parameters, read)
  }
}
