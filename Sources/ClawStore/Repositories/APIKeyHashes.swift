import ClawCore

/// Looks up the tenant and the ID of an API key by the hash of its secret, before a tenant is known.
public struct APIKeyHashes {
  let node: NodeTransaction

  private static let find = NodeStatement("SELECT tenant_id, key_id FROM api_key_hashes WHERE hash = $1")
  private static let insert = NodeStatement(
    "INSERT INTO api_key_hashes (hash, tenant_id, key_id) VALUES ($1, $2, $3)")
  private static let remove = NodeStatement("DELETE FROM api_key_hashes WHERE hash = $1")

  public func owner(of hash: String) throws -> (tenant: TenantID, key: APIKeyID)? {
    try node.query(Self.find, .text(hash)) { row -> (tenant: TenantID, key: APIKeyID) in (row.id(0), row.id(1)) }.first
  }

  public func add(_ hash: String, tenant: TenantID, key: APIKeyID) throws {
    try node.execute(Self.insert, .text(hash), .id(tenant), .id(key))
  }

  public func remove(_ hash: String) throws {
    try node.execute(Self.remove, .text(hash))
  }
}

extension NodeTransaction {
  public var apiKeyHashes: APIKeyHashes { APIKeyHashes(node: self) }
}

extension TenantTransaction {
  public var apiKeyHashes: APIKeyHashes { APIKeyHashes(node: node) }
}
