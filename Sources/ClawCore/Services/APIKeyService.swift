/// An API key, without its secret.
public struct APIKey: Sendable, Hashable {
  public let id: APIKeyID
  public var name: String
  /// The first characters of the secret, to recognize it.
  public let prefix: String
  public let role: Role
  /// The only user it acts for.
  public let user: UserID?
  public let createdBy: UserID
  public let createdAt: Timestamp
  /// Nil: it does not expire.
  public let expiresAt: Timestamp?
  /// When it was last used, to about a minute; nil for never.
  public var lastUsedAt: Timestamp?
  public var revokedAt: Timestamp?
  /// Incremented with each change.
  public var revision: Int64

  public init(
    id: APIKeyID, name: String, prefix: String, role: Role, user: UserID?, createdBy: UserID, createdAt: Timestamp,
    expiresAt: Timestamp?, lastUsedAt: Timestamp? = nil, revokedAt: Timestamp? = nil, revision: Int64 = 1
  ) {
    self.id = id
    self.name = name
    self.prefix = prefix
    self.role = role
    self.user = user
    self.createdBy = createdBy
    self.createdAt = createdAt
    self.expiresAt = expiresAt
    self.lastUsedAt = lastUsedAt
    self.revokedAt = revokedAt
    self.revision = revision
  }
}

/// The properties of a new key.
public struct APIKeyDraft: Sendable {
  public var name: String
  public var role: Role
  public var user: UserID?
  public var expiresAt: Timestamp?

  public init(name: String, role: Role, user: UserID? = nil, expiresAt: Timestamp? = nil) {
    self.name = name
    self.role = role
    self.user = user
    self.expiresAt = expiresAt
  }
}

/// A new key with its secret, which is not available later: only its hash is stored.
public struct IssuedAPIKey: Sendable, CustomStringConvertible {
  public let key: APIKey
  public let secret: String

  public init(key: APIKey, secret: String) {
    self.key = key
    self.secret = secret
  }

  public var description: String { "IssuedAPIKey(\(key.id))" }
}

/// The API keys of a tenant. The caller has already been authorized as an admin.
public protocol APIKeyService: Sendable {
  /// Oldest first, including revoked ones.
  /// - Parameters:
  ///   - limit: 1–200.
  ///   - cursor: The `nextCursor` of an earlier page.
  func apiKeys(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<APIKey>
  /// - Throws: `notFound`.
  func apiKey(_ id: APIKeyID, as principal: Principal) async throws -> APIKey

  /// Creates a key, with at most the role and lifetime of the creator's credential.
  /// - Throws: `forbidden`, `invalidRequest`; `failedPrecondition` when there are too many.
  func createAPIKey(_ draft: APIKeyDraft, as principal: Principal) async throws -> IssuedAPIKey

  /// Renames a key.
  /// - Parameter revision: The required revision; nil for any.
  /// - Throws: `notFound`; `failedPrecondition` for another revision.
  func renameAPIKey(
    _ id: APIKeyID, to name: String, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> APIKey

  /// Revokes a key and closes its connections.
  /// - Throws: `notFound`.
  func revokeAPIKey(_ id: APIKeyID, as principal: Principal) async throws
}
