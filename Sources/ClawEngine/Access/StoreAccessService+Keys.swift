import ClawCore
import ClawJSON
import ClawStore

extension StoreAccessService: APIKeyService {
  public func apiKeys(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<APIKey> {
    let last = cursor.map { APIKeyID(unchecked: $0) }
    let keys = try await store.tenant(principal.tenant).read { transaction in
      try transaction.apiKeys.page(after: last, limit: limit + 1)
    }
    return Page(keys, limit: limit) { $0.id.rawValue }
  }

  public func apiKey(_ id: APIKeyID, as principal: Principal) async throws -> APIKey {
    guard let stored = try await store.tenant(principal.tenant).read({ try $0.apiKeys.key(id) }) else {
      throw Self.keyNotFound
    }
    return stored.key
  }

  public func createAPIKey(_ draft: APIKeyDraft, as principal: Principal) async throws -> IssuedAPIKey {
    let now = time.now
    try Self.check(draft, at: now)
    try Self.checkStrength(of: draft, by: principal)
    let secret = APIKeySecret.generate()
    let hash = APIKeySecret.hash(of: secret)
    let key = APIKey(
      id: .generate(at: now), name: draft.name, prefix: String(secret.prefix(APIKeySecret.shownLength)),
      role: draft.role, user: draft.user, createdBy: principal.user, createdAt: now, expiresAt: draft.expiresAt)
    let limit = configuration.maxKeys
    try await store.tenant(principal.tenant).write { transaction in
      if try transaction.apiKeys.count() >= limit { try transaction.apiKeys.removeRevoked() }
      guard try transaction.apiKeys.count() < limit else {
        throw ClawError(.failedPrecondition, "there are \(limit) API keys already; revoke one first")
      }
      try transaction.apiKeys.add(key, hash: hash)
      try transaction.apiKeyHashes.add(hash, tenant: principal.tenant, key: key.id)
    }
    logger.notice(
      "api_key.made", metadata: ["key": "\(key.id)", "tenant": "\(principal.tenant)", "by": "\(principal.user)"])
    return IssuedAPIKey(key: key, secret: secret)
  }

  public func renameAPIKey(
    _ id: APIKeyID, to name: String, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> APIKey {
    let name = try Self.name(name)
    return try await store.tenant(principal.tenant).write { transaction in
      guard var key = try transaction.apiKeys.key(id)?.key else { throw Self.keyNotFound }
      try Self.check(revision, is: key.revision)
      try transaction.apiKeys.rename(id, to: name)
      key.name = name
      key.revision += 1
      return key
    }
  }

  public func revokeAPIKey(_ id: APIKeyID, as principal: Principal) async throws {
    let now = time.now
    try await store.tenant(principal.tenant).write { [self] transaction in
      guard let (key, hash) = try transaction.apiKeys.key(id) else { throw Self.keyNotFound }
      guard key.revokedAt == nil else { return }
      try transaction.apiKeys.revoke(id, at: now)
      try transaction.apiKeyHashes.remove(hash)
      announceChange(in: transaction)
    }
    logger.notice("api_key.revoked", metadata: ["key": "\(id)", "by": "\(principal.user)"])
  }

  private static let keyNotFound = ClawError(.notFound, "no such API key")

  /// - Throws: `failedPrecondition` if somebody was faster.
  static func check(_ wanted: Int64?, is revision: Int64) throws(ClawError) {
    guard wanted ?? revision == revision else {
      throw ClawError(
        .failedPrecondition, "it was changed meanwhile; read it again and send its new ETag",
        details: [.revision: .integer(revision)])
    }
  }

  static func name(_ name: String) throws(ClawError) -> String {
    guard (1...200).contains(name.utf8.count), !name.containsControlCharacters,
      !name.isBlank
    else { throw ClawError(field: .name, "must be 1 to 200 bytes without control characters") }
    return name
  }

  private static func check(_ draft: APIKeyDraft, at now: Timestamp) throws(ClawError) {
    _ = try name(draft.name)
    if let end = draft.expiresAt, end <= now {
      throw ClawError(field: .expiry, "must be in the future")
    }
  }

  /// A key is never stronger than what it was made with.
  private static func checkStrength(of draft: APIKeyDraft, by maker: Principal) throws(ClawError) {
    guard maker.role == .admin, draft.role <= maker.role else {
      throw ClawError(.forbidden, "a key can't have a higher role than who makes it")
    }
    if maker.isBound, draft.user != maker.user {
      throw ClawError(.forbidden, "your credential is bound to the user \(maker.user), so the key has to be, too")
    }
    if let end = maker.expiresAt, draft.expiresAt ?? .distantFuture > end {
      throw ClawError(
        .forbidden, field: .expiry, "must be at most \(end.rfc3339): your credential ends then, and so do its keys")
    }
  }
}

extension Page {
  /// A page of what was read with one more than the limit, to see whether something follows.
  init(_ read: [Item], limit: Int, cursor: (Item) -> String) {
    let items = Array(read.prefix(limit))
    self.init(items: items, nextCursor: read.count > limit ? items.last.map(cursor) : nil)
  }
}
