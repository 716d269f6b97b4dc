import ClawCore

/// Identifies one state of a tenant's secrets: changes with every update.
public struct SecretsVersion: Sendable, Hashable {
  /// Distinguishes a tenant from an erased one of the same name.
  let createdAt: Timestamp
  let number: Int64

  /// Whether the tenant never had a secret.
  public var isFirst: Bool { number == 0 }
}

/// The sealed secrets of a tenant.
public struct SecretRepository {
  static let table = "secrets"

  let transaction: TenantTransaction

  private static let put = TenantStatement(
    """
    INSERT INTO secrets (tenant_id, name, value, key_id, updated_at) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (tenant_id, name) DO UPDATE SET
      value = excluded.value, key_id = excluded.key_id, updated_at = excluded.updated_at
    """)
  private static let reseal = TenantStatement(
    "UPDATE secrets SET value = $3, key_id = $4 WHERE tenant_id = $1 AND name = $2")
  private static let find = TenantStatement("SELECT value FROM secrets WHERE tenant_id = $1 AND name = $2")
  private static let all = TenantStatement(
    "SELECT name, updated_at FROM secrets WHERE tenant_id = $1 ORDER BY name LIMIT $2")
  private static let ofOtherKeys = TenantStatement(
    "SELECT name, value FROM secrets WHERE tenant_id = $1 AND key_id <> $2 ORDER BY name")
  private static let remove = TenantStatement("DELETE FROM secrets WHERE tenant_id = $1 AND name = $2")
  private static let version = NodeStatement("SELECT created_at, secrets_version FROM tenants WHERE tenant_id = $1")
  /// Locks the tenant's row, as every change of a secret does.
  private static let hold = NodeStatement(
    "UPDATE tenants SET secrets_version = secrets_version WHERE tenant_id = $1")
  private static let noteChange = NodeStatement(
    "UPDATE tenants SET secrets_version = secrets_version + 1 WHERE tenant_id = $1")

  /// Most secrets of one tenant.
  public static let maxSecrets = 1000

  private func place(_ name: String) -> SealingContext {
    SealingContext(tenant: transaction.tenant.rawValue, table: Self.table, row: name)
  }

  /// - Parameter keys: Called once the tenant's row is locked, so that no concurrent key change is resealing its
  ///   secrets: a value sealed with the old key is committed before the key change reaches this tenant.
  public func set(_ name: String, to value: String, with keys: () throws -> SealingKeys, at time: Timestamp) throws {
    try noteChange()
    let keys = try keys()
    try transaction.execute(
      Self.put, .text(name), .text(try keys.seal(value, at: place(name))), .text(keys.current.id), .time(time))
  }

  /// Incremented with each change, in its transaction; resealing leaves it unchanged.
  public func version() throws -> SecretsVersion {
    let versions = try transaction.node.query(Self.version, .id(transaction.tenant)) { row in
      SecretsVersion(createdAt: row.time(0), number: row.integer(1))
    }
    return versions.first ?? SecretsVersion(createdAt: Timestamp(milliseconds: 0), number: 0)
  }

  /// Locks the tenant's row until the transaction ends; a key read after that is current.
  func noteChange() throws {
    try transaction.node.execute(Self.noteChange, .id(transaction.tenant))
  }

  /// Locks the tenant's row, and changes nothing.
  func hold() throws {
    try transaction.node.execute(Self.hold, .id(transaction.tenant))
  }

  /// - Throws: ``SealingError`` if it can't be opened.
  public func value(of name: String, with keys: SealingKeys) throws -> String? {
    guard let sealed = try transaction.query(Self.find, .text(name), read: { $0.text(0) }).first else { return nil }
    return try keys.open(sealed, at: place(name))
  }

  /// Sorted by name, without values.
  public func all() throws -> [(name: String, updatedAt: Timestamp)] {
    try transaction.query(Self.all, .int(Self.maxSecrets)) { row -> (name: String, updatedAt: Timestamp) in
      (row.text(0), row.time(1))
    }
  }

  /// False if there is none.
  public func remove(_ name: String) throws -> Bool {
    guard try transaction.execute(Self.remove, .text(name)) == 1 else { return false }
    try noteChange()
    return true
  }

  /// Reseals values of other keys with the current key.
  /// - Returns: How many there were.
  /// - Throws: ``SealingError`` for one that can't be opened; nothing is changed then.
  public func reseal(with keys: SealingKeys) throws -> Int {
    try hold()
    let old = try transaction.query(Self.ofOtherKeys, .text(keys.current.id)) { ($0.text(0), $0.text(1)) }
    for (name, value) in old {
      let text = try keys.open(value, at: place(name))
      try transaction.execute(
        Self.reseal, .text(name), .text(try keys.seal(text, at: place(name))), .text(keys.current.id))
    }
    return old.count
  }
}

extension TenantTransaction {
  public var secrets: SecretRepository { SecretRepository(transaction: self) }
}
