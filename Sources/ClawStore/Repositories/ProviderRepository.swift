import ClawCore
import ClawJSON

/// The providers that a tenant has set up, with their sealed keys.
public struct ProviderRepository {
  static let table = "providers"

  let transaction: TenantTransaction

  private static let page = TenantStatement(
    """
    SELECT name, display_name, dialect, base_url, api_key, default_model, models, is_enabled, created_at, updated_at,
      revision
    FROM providers WHERE tenant_id = $1 AND name > $2 ORDER BY name LIMIT $3
    """)
  private static let byName = TenantStatement(
    """
    SELECT name, display_name, dialect, base_url, api_key, default_model, models, is_enabled, created_at, updated_at,
      revision
    FROM providers WHERE tenant_id = $1 AND name = $2
    """)
  private static let count = TenantStatement("SELECT COUNT(*) FROM providers WHERE tenant_id = $1")
  private static let insert = TenantStatement(
    """
    INSERT INTO providers
      (tenant_id, name, display_name, dialect, base_url, default_model, models, is_enabled, created_at, updated_at,
      revision, api_key, key_id)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '', '') ON CONFLICT (tenant_id, name) DO NOTHING
    """)
  private static let update = TenantStatement(
    """
    UPDATE providers SET display_name = $3, dialect = $4, base_url = $5, default_model = $6, models = $7,
      is_enabled = $8, updated_at = $9, revision = $10
    WHERE tenant_id = $1 AND name = $2
    """)
  private static let setKey = TenantStatement(
    "UPDATE providers SET api_key = $3, key_id = $4 WHERE tenant_id = $1 AND name = $2")
  private static let ofOtherKeys = TenantStatement(
    "SELECT name, api_key FROM providers WHERE tenant_id = $1 AND key_id <> $2 AND key_id <> '' ORDER BY name")
  private static let remove = TenantStatement("DELETE FROM providers WHERE tenant_id = $1 AND name = $2")

  /// Limit of providers per tenant.
  public static let maxProviders = 100

  private func place(_ name: String) -> SealingContext {
    SealingContext(tenant: transaction.tenant.rawValue, table: Self.table, row: name)
  }

  /// Sorted by name, those after `last`.
  public func page(after last: String?, limit: Int) throws -> [ProviderEntry] {
    try transaction.query(Self.page, .text(last ?? ""), .int(limit)) { try Self.entry(from: $0) }
  }

  public func provider(_ name: String) throws -> ProviderEntry? {
    try transaction.query(Self.byName, .text(name)) { try Self.entry(from: $0) }.first
  }

  public func count() throws -> Int {
    try transaction.query(Self.count) { $0.int(0) }.first ?? 0
  }

  /// All with their keys, by name.
  /// - Parameter unreadable: Called for each key that can't be opened; its provider has none then.
  public func opened(
    with keys: SealingKeys, unreadable: (_ name: String, any Error) -> Void
  ) throws -> [TenantProvider] {
    let rows = try transaction.query(Self.page, .text(""), .int(Self.maxProviders)) { row in
      (entry: try Self.entry(from: row), sealed: row.text(4))
    }
    return rows.map { entry, sealed in
      guard !sealed.isEmpty else { return TenantProvider(entry: entry, key: nil) }
      do {
        return TenantProvider(entry: entry, key: try keys.open(sealed, at: place(entry.name)))
      } catch {
        unreadable(entry.name, error)
        return TenantProvider(entry: entry, key: nil)
      }
    }
  }

  /// False if the name is taken. Records no change; see ``noteChange()``.
  public func add(_ provider: ProviderEntry) throws -> Bool {
    try transaction.execute(
      Self.insert, .text(provider.name), .text(provider.displayName), .text(provider.dialect.rawValue),
      .text(provider.baseURL), .text(provider.defaultModel), .text(Self.stored(provider.models)),
      .bool(provider.isEnabled), .time(provider.createdAt), .time(provider.updatedAt), .integer(provider.revision)) == 1
  }

  /// Writes everything except the name, the key, and the creation time. Records no change; see ``noteChange()``.
  public func update(_ provider: ProviderEntry) throws {
    try transaction.execute(
      Self.update, .text(provider.name), .text(provider.displayName), .text(provider.dialect.rawValue),
      .text(provider.baseURL), .text(provider.defaultModel), .text(Self.stored(provider.models)),
      .bool(provider.isEnabled), .time(provider.updatedAt), .integer(provider.revision))
  }

  /// - Parameter keys: Called once no key rotation can run concurrently; see ``SecretRepository/set(_:to:with:at:)``.
  ///   Call ``noteChange()`` before.
  public func setKey(of name: String, to key: String, with keys: () -> SealingKeys) throws {
    let keys = keys()
    try transaction.execute(
      Self.setKey, .text(name), .text(try keys.seal(key, at: place(name))), .text(keys.current.id))
  }

  /// False if there is none. Records no change; see ``noteChange()``.
  public func remove(_ name: String) throws -> Bool {
    try transaction.execute(Self.remove, .text(name)) == 1
  }

  /// Makes every node notice the change of this transaction, and locks the tenant's row until it ends; call it before
  /// any other change.
  public func noteChange() throws {
    try transaction.secrets.noteChange()
    try transaction.node.providerChanges.note(transaction.tenant)
  }

  /// The number of the tenant's last change; 0 if it never had a provider.
  public func version() throws -> Int64 {
    try transaction.node.providerChanges.version(of: transaction.tenant)
  }

  /// Reseals with the current key what another has sealed.
  /// - Returns: The number of resealed keys.
  /// - Throws: ``SealingError`` for one that can't be opened; nothing is changed then.
  public func reseal(with keys: SealingKeys) throws -> Int {
    try transaction.secrets.hold()
    let old = try transaction.query(Self.ofOtherKeys, .text(keys.current.id)) { ($0.text(0), $0.text(1)) }
    for (name, sealed) in old {
      let key = try keys.open(sealed, at: place(name))
      try setKey(of: name, to: key) { keys }
    }
    return old.count
  }

  private static func stored(_ models: [String]) -> String {
    JSONValue.array(models.map { .string($0) }).serializedString()
  }

  private static func entry(from row: any SQLRow) throws -> ProviderEntry {
    let models = try JSONValue(parsing: row.text(6)).arrayValue?.compactMap(\.stringValue)
    return ProviderEntry(
      name: row.text(0), displayName: row.text(1), dialect: ModelDialect(rawValue: row.text(2)) ?? .openAI,
      baseURL: row.text(3), hasKey: !row.text(4).isEmpty, defaultModel: row.text(5), models: models ?? [],
      isEnabled: row.bool(7), createdAt: row.time(8), updatedAt: row.time(9), revision: row.integer(10))
  }
}

extension TenantTransaction {
  public var providers: ProviderRepository { ProviderRepository(transaction: self) }
}
