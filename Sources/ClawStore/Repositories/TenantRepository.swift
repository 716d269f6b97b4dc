import ClawCore

/// The tenants of the installation.
public struct TenantRepository {
  let node: NodeTransaction

  /// Most tenants of one installation.
  public static let maxTenants = 100_000

  private static let byID = NodeStatement(
    "SELECT tenant_id, name, status, created_at, updated_at, revision FROM tenants WHERE tenant_id = $1")
  private static let page = NodeStatement(
    """
    SELECT tenant_id, name, status, created_at, updated_at, revision FROM tenants
    WHERE tenant_id > $1 ORDER BY tenant_id LIMIT $2
    """)
  private static let count = NodeStatement("SELECT COUNT(*) FROM tenants")
  private static let insert = NodeStatement(
    """
    INSERT INTO tenants
      (tenant_id, name, status, created_at, updated_at, revision, secrets_version, providers_version)
    VALUES ($1, $2, $3, $4, $5, 1, 0, 0)
    ON CONFLICT (tenant_id) DO NOTHING
    """)
  private static let update = NodeStatement(
    "UPDATE tenants SET name = $2, status = $3, updated_at = $4, revision = $5 WHERE tenant_id = $1")
  private static let remove = NodeStatement("DELETE FROM tenants WHERE tenant_id = $1")

  public func tenant(_ id: TenantID) throws -> Tenant? {
    try node.query(Self.byID, .id(id), read: Self.tenant(from:)).first
  }

  /// Tenants after `last`, sorted by ID.
  public func page(after last: TenantID?, limit: Int) throws -> [Tenant] {
    try node.query(Self.page, .text(last?.rawValue ?? ""), .int(limit), read: Self.tenant(from:))
  }

  public func count() throws -> Int {
    try node.query(Self.count) { $0.int(0) }.first ?? 0
  }

  /// False if the ID is taken.
  public func add(_ tenant: Tenant) throws -> Bool {
    let isNew =
      try node.execute(
        Self.insert, .id(tenant.id), .text(tenant.name), .text(tenant.status.rawValue), .time(tenant.createdAt),
        .time(tenant.updatedAt)) == 1
    // A node may have cached the providers of an erased tenant of that name.
    if isNew { try node.providerChanges.note(tenant.id) }
    return isNew
  }

  /// Writes name, status and revision.
  public func update(_ tenant: Tenant) throws {
    try node.execute(
      Self.update, .id(tenant.id), .text(tenant.name), .text(tenant.status.rawValue), .time(tenant.updatedAt),
      .integer(tenant.revision))
  }

  public func remove(_ id: TenantID) throws {
    try node.execute(Self.remove, .id(id))
  }

  private static func tenant(from row: any SQLRow) -> Tenant {
    let created = row.time(3)
    // The first tenant of an older installation has no name.
    return Tenant(
      id: row.id(0), name: row.text(1).isEmpty ? row.text(0) : row.text(1),
      status: Tenant.Status(rawValue: row.text(2)) ?? .suspended,
      createdAt: created, updatedAt: max(created, row.time(4)), revision: row.integer(5))
  }
}

extension NodeTransaction {
  public var tenants: TenantRepository { TenantRepository(node: self) }
}

extension TenantTransaction {
  public var tenants: TenantRepository { TenantRepository(node: node) }
}
