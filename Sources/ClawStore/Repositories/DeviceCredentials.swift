import ClawCore

/// Looks up the tenant and device of a credential by its hash, before a tenant is known.
public struct DeviceCredentials {
  let node: NodeTransaction

  private static let find = NodeStatement("SELECT tenant_id, device_id FROM device_credentials WHERE hash = $1")
  private static let insert = NodeStatement(
    "INSERT INTO device_credentials (hash, tenant_id, device_id) VALUES ($1, $2, $3)")
  private static let remove = NodeStatement("DELETE FROM device_credentials WHERE hash = $1")

  public func owner(of hash: String) throws -> (tenant: TenantID, device: DeviceID)? {
    try node.query(Self.find, .text(hash)) { row -> (tenant: TenantID, device: DeviceID) in (row.id(0), row.id(1)) }
      .first
  }

  public func add(_ hash: String, tenant: TenantID, device: DeviceID) throws {
    try node.execute(Self.insert, .text(hash), .id(tenant), .id(device))
  }

  public func remove(_ hash: String) throws {
    try node.execute(Self.remove, .text(hash))
  }
}

extension NodeTransaction {
  public var credentials: DeviceCredentials { DeviceCredentials(node: self) }
}

extension TenantTransaction {
  /// Device credentials, looked up across tenants.
  public var credentials: DeviceCredentials { DeviceCredentials(node: node) }
}
