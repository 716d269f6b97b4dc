/// A secret as lists show it: never its value.
public struct SecretEntry: Sendable, Hashable {
  public let name: String
  public let updatedAt: Timestamp

  public init(name: String, updatedAt: Timestamp) {
    self.name = name
    self.updatedAt = updatedAt
  }
}

/// Secrets of a tenant, sealed in the store. They go in, and never come out again by this. Whether the caller is an
/// admin is decided before.
public protocol SecretService: Sendable {
  /// In the order of their names.
  func secrets(as principal: Principal) async throws -> [SecretEntry]
  /// Makes or replaces one; ``SecretRedactor/mask`` leaves the one that is there as it is.
  /// - Throws: `invalidRequest`; `failedPrecondition` when there are too many.
  func setSecret(_ name: String, to value: String, as principal: Principal) async throws
  /// - Throws: `notFound`.
  func removeSecret(_ name: String, as principal: Principal) async throws
  /// Seals the secrets of all tenants with a new key. For holders of the gateway token alone.
  /// - Returns: How many were sealed anew.
  /// - Throws: `failedPrecondition` where the key is not the gateway's own to change.
  func rotateSecrets() async throws -> Int
}
