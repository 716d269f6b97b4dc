import ClawCore

/// Changes of tenants' providers, numbered over all tenants: a node reads those after the last number it knows.
public struct ProviderChanges {
  let node: NodeTransaction

  /// The row stays locked until the transaction ends, so that numbers become visible in order.
  private static let count = NodeStatement(
    """
    INSERT INTO node_state (name, value) VALUES ('provider_changes', '1')
    ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(node_state.value AS BIGINT) + 1 AS TEXT)
    """)
  private static let mark = NodeStatement(
    """
    UPDATE tenants SET providers_version =
      (SELECT CAST(value AS BIGINT) FROM node_state WHERE name = 'provider_changes')
    WHERE tenant_id = $1
    """)
  private static let last = NodeStatement(
    "SELECT CAST(value AS BIGINT) FROM node_state WHERE name = 'provider_changes'")
  private static let after = NodeStatement(
    """
    SELECT tenant_id, providers_version FROM tenants WHERE providers_version > 0 AND providers_version > $1
    ORDER BY providers_version LIMIT $2
    """)
  private static let version = NodeStatement("SELECT providers_version FROM tenants WHERE tenant_id = $1")

  /// Records a change in a tenant.
  func note(_ tenant: TenantID) throws {
    try node.execute(Self.count)
    try node.execute(Self.mark, .id(tenant))
  }

  /// The number of the last change; 0 for none.
  public func last() throws -> Int64 {
    try node.query(Self.last) { $0.integer(0) }.first ?? 0
  }

  /// The tenants that changed after a number, each with its last change, in the order of their changes.
  public func tenants(after number: Int64, limit: Int) throws -> [(tenant: TenantID, number: Int64)] {
    try node.query(Self.after, .integer(number), .int(limit)) { ($0.id(0), $0.integer(1)) }
  }

  /// The last change of a tenant; 0 for none.
  public func version(of tenant: TenantID) throws -> Int64 {
    try node.query(Self.version, .id(tenant)) { $0.integer(0) }.first ?? 0
  }
}

extension NodeTransaction {
  public var providerChanges: ProviderChanges { ProviderChanges(node: self) }
}
