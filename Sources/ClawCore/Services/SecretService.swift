/// A secret without its value.
public struct SecretEntry: Sendable, Hashable {
  public let name: String
  public let updatedAt: Timestamp

  public init(name: String, updatedAt: Timestamp) {
    self.name = name
    self.updatedAt = updatedAt
  }
}

/// Secrets of a tenant, sealed in the store. Write-only: this service never returns values. The caller has already been
/// authorized as an admin.
public protocol SecretService: Sendable {
  /// Sorted by name.
  func secrets(as principal: Principal) async throws -> [SecretEntry]
  /// Creates or replaces a secret; ``SecretRedactor/mask`` as value leaves it unchanged.
  /// - Throws: `invalidRequest`; `failedPrecondition` when there are too many.
  func setSecret(_ name: String, to value: String, as principal: Principal) async throws
  /// - Throws: `notFound`.
  func removeSecret(_ name: String, as principal: Principal) async throws
  /// Reseals the secrets of all tenants with a new key. For the gateway token only.
  /// - Returns: How many were resealed.
  /// - Throws: `failedPrecondition` if the key is not managed by the gateway.
  func rotateSecrets() async throws -> Int
}
