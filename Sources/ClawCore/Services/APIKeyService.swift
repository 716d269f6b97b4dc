/// An API key as lists show it.
public struct APIKey: Sendable, Hashable {
  public let id: APIKeyID
  public var name: String
  /// The first characters of the secret, by which a person recognises it.
  public let prefix: String
  public let role: Role
  /// Whom alone it acts for.
  public let user: UserID?
  public let createdBy: UserID
  public let createdAt: Timestamp
  /// Nil: it does not end by itself.
  public let expiresAt: Timestamp?
  /// When it was last used, about to the minute; nil for never.
  public var lastUsedAt: Timestamp?
  public var revokedAt: Timestamp?
  /// Grows with each change.
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

/// A key as somebody wants it.
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

/// A new key with its secret. The secret is here and nowhere else: what is kept is its hash.
public struct IssuedAPIKey: Sendable, CustomStringConvertible {
  public let key: APIKey
  public let secret: String

  public init(key: APIKey, secret: String) {
    self.key = key
    self.secret = secret
  }

  public var description: String { "IssuedAPIKey(\(key.id))" }
}

/// The API keys of a tenant. Whether the caller is an admin is decided before.
public protocol APIKeyService: Sendable {
  /// Oldest first, revoked ones included.
  /// - Parameters:
  ///   - limit: 1–200.
  ///   - cursor: The `nextCursor` of an earlier page.
  func apiKeys(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<APIKey>
  /// - Throws: `notFound`.
  func apiKey(_ id: APIKeyID, as principal: Principal) async throws -> APIKey

  /// Makes a key: never stronger and never longer-lived than what its maker came with.
  /// - Throws: `forbidden`, `invalidRequest`; `failedPrecondition` when there are too many.
  func createAPIKey(_ draft: APIKeyDraft, as principal: Principal) async throws -> IssuedAPIKey

  /// Gives a key another name.
  /// - Parameter revision: That it must have; nil for any.
  /// - Throws: `notFound`; `failedPrecondition` for another revision.
  func renameAPIKey(
    _ id: APIKeyID, to name: String, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> APIKey

  /// Ends a key and its connections.
  /// - Throws: `notFound`.
  func revokeAPIKey(_ id: APIKeyID, as principal: Principal) async throws
}
