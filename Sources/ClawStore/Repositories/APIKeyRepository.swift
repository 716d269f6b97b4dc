import ClawCore

/// The API keys of a tenant, including revoked ones.
public struct APIKeyRepository {
  /// A key with the hash of its secret.
  public typealias Stored = (key: APIKey, hash: String)

  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO api_keys
      (tenant_id, id, hash, name, prefix, role, user_id, created_by, created_at, expires_at, last_used_at, revoked_at,
       revision)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 1)
    """)
  private static let byID = TenantStatement(
    """
    SELECT id, hash, name, prefix, role, user_id, created_by, created_at, expires_at, last_used_at, revoked_at, revision
    FROM api_keys WHERE tenant_id = $1 AND id = $2
    """)
  private static let page = TenantStatement(
    """
    SELECT id, hash, name, prefix, role, user_id, created_by, created_at, expires_at, last_used_at, revoked_at, revision
    FROM api_keys WHERE tenant_id = $1 AND id > $2 ORDER BY id LIMIT $3
    """)
  private static let ofUser = TenantStatement(
    """
    SELECT id, hash, name, prefix, role, user_id, created_by, created_at, expires_at, last_used_at, revoked_at, revision
    FROM api_keys WHERE tenant_id = $1 AND user_id = $2
    """)
  private static let count = TenantStatement("SELECT COUNT(*) FROM api_keys WHERE tenant_id = $1")
  private static let removeRevoked = TenantStatement("DELETE FROM api_keys WHERE tenant_id = $1 AND revoked_at > 0")
  private static let rename = TenantStatement(
    "UPDATE api_keys SET name = $3, revision = revision + 1 WHERE tenant_id = $1 AND id = $2")
  private static let revoke = TenantStatement(
    "UPDATE api_keys SET revoked_at = $3, revision = revision + 1 WHERE tenant_id = $1 AND id = $2")
  private static let use = TenantStatement(
    "UPDATE api_keys SET last_used_at = $3 WHERE tenant_id = $1 AND id = $2 AND last_used_at < $3")

  public func add(_ key: APIKey, hash: String) throws {
    try transaction.execute(
      Self.insert, .id(key.id), .text(hash), .text(key.name), .text(key.prefix), .text(key.role.rawValue),
      .optional(key.user?.rawValue), .id(key.createdBy), .time(key.createdAt),
      .optional(key.expiresAt))
  }

  public func key(_ id: APIKeyID) throws -> Stored? {
    try transaction.query(Self.byID, .id(id), read: Self.stored(from:)).first
  }

  /// Keys after `last`, oldest first.
  public func page(after last: APIKeyID?, limit: Int) throws -> [APIKey] {
    try transaction.query(Self.page, .text(last?.rawValue ?? ""), .int(limit)) { Self.stored(from: $0).key }
  }

  /// The keys bound to a user.
  public func keys(of user: UserID) throws -> [Stored] {
    try transaction.query(Self.ofUser, .id(user), read: Self.stored(from:))
  }

  public func count() throws -> Int {
    try transaction.query(Self.count) { $0.int(0) }.first ?? 0
  }

  /// Deletes revoked keys.
  public func removeRevoked() throws {
    try transaction.execute(Self.removeRevoked)
  }

  public func rename(_ id: APIKeyID, to name: String) throws {
    try transaction.execute(Self.rename, .id(id), .text(name))
  }

  public func revoke(_ id: APIKeyID, at time: Timestamp) throws {
    try transaction.execute(Self.revoke, .id(id), .time(time))
  }

  public func noteUse(of id: APIKeyID, at time: Timestamp) throws {
    try transaction.execute(Self.use, .id(id), .time(time))
  }

  private static func stored(from row: any SQLRow) -> Stored {
    func time(_ column: Int32) -> Timestamp? { row.integer(column) > 0 ? row.time(column) : nil }
    let key = APIKey(
      id: row.id(0), name: row.text(2), prefix: row.text(3), role: Role(rawValue: row.text(4)) ?? .viewer,
      user: row.optionalID(5), createdBy: row.id(6), createdAt: row.time(7),
      expiresAt: row.isNull(8) ? nil : row.time(8), lastUsedAt: time(9), revokedAt: time(10),
      revision: row.integer(11))
    return (key, row.text(1))
  }
}

extension TenantTransaction {
  public var apiKeys: APIKeyRepository { APIKeyRepository(transaction: self) }
}
