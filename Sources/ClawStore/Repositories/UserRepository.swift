import ClawCore

/// The users of a tenant.
public struct UserRepository {
  let transaction: TenantTransaction

  private static let byID = TenantStatement(
    """
    SELECT user_id, name, role, is_disabled, created_at, updated_at, revision
    FROM users WHERE tenant_id = $1 AND user_id = $2
    """)
  private static let listedPage = TenantStatement(
    """
    SELECT user_id, name, role, is_disabled, created_at, updated_at, revision
    FROM users WHERE tenant_id = $1 AND user_id > $2 AND erased_at = 0 ORDER BY user_id LIMIT $3
    """)
  private static let listed = TenantStatement(
    """
    SELECT user_id, name, role, is_disabled, created_at, updated_at, revision
    FROM users WHERE tenant_id = $1 AND user_id = $2 AND erased_at = 0
    """)
  private static let page = TenantStatement(
    """
    SELECT user_id, name, role, is_disabled, created_at, updated_at, revision
    FROM users WHERE tenant_id = $1 AND user_id > $2 ORDER BY user_id LIMIT $3
    """)
  private static let count = TenantStatement("SELECT COUNT(*) FROM users WHERE tenant_id = $1")
  private static let insert = TenantStatement(
    """
    INSERT INTO users (tenant_id, user_id, name, role, is_disabled, created_at, updated_at, revision, erased_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)
    ON CONFLICT (tenant_id, user_id) DO NOTHING
    """)
  private static let update = TenantStatement(
    """
    UPDATE users SET name = $3, role = $4, is_disabled = $5, updated_at = $6, revision = $7
    WHERE tenant_id = $1 AND user_id = $2
    """)

  /// Includes users being erased.
  public func user(_ id: UserID) throws -> UserEntry? {
    try transaction.query(Self.byID, .id(id), read: Self.entry(from:)).first
  }

  /// As ``user(_:)``, without users being erased.
  public func listed(_ id: UserID) throws -> UserEntry? {
    try transaction.query(Self.listed, .id(id), read: Self.entry(from:)).first
  }

  /// As ``page(after:limit:)``, without users being erased.
  public func listed(after last: UserID?, limit: Int) throws -> [UserEntry] {
    try transaction.query(Self.listedPage, .text(last?.rawValue ?? ""), .int(limit), read: Self.entry(from:))
  }

  /// Users after `last`, sorted by ID, including those being erased.
  public func page(after last: UserID?, limit: Int) throws -> [UserEntry] {
    try transaction.query(Self.page, .text(last?.rawValue ?? ""), .int(limit), read: Self.entry(from:))
  }

  public func count() throws -> Int {
    try transaction.query(Self.count) { $0.int(0) }.first ?? 0
  }

  /// False if the ID is taken.
  public func add(_ user: UserEntry) throws -> Bool {
    try transaction.execute(
      Self.insert, .id(user.id), .text(user.name), .text(user.role.rawValue), .bool(user.isDisabled),
      .time(user.createdAt), .time(user.updatedAt), .integer(user.revision)) == 1
  }

  /// Updates all columns but the ID and the creation time.
  public func update(_ user: UserEntry) throws {
    try transaction.execute(
      Self.update, .id(user.id), .text(user.name), .text(user.role.rawValue), .bool(user.isDisabled),
      .time(user.updatedAt), .integer(user.revision))
  }

  private static func entry(from row: any SQLRow) -> UserEntry {
    UserEntry(
      id: row.id(0), name: row.text(1), role: Role(rawValue: row.text(2)) ?? .viewer, isDisabled: row.bool(3),
      createdAt: row.time(4), updatedAt: row.time(5), revision: row.integer(6))
  }
}

extension TenantTransaction {
  public var users: UserRepository { UserRepository(transaction: self) }
}
