import ClawCore
import ClawJSON
import ClawStore
import Logging

/// The API keys of a tenant, see ``APIKeyService``. ``StoreAccessService`` authenticates with them.
struct StoreAPIKeyService: APIKeyService {
  let store: Store
  let access: StoreAccessService
  /// Limit of keys per tenant, revoked ones included.
  let maxKeys: Int
  let time: TimeSource
  let logger: Logger

  func apiKeys(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<APIKey> {
    let last = cursor.map { APIKeyID(unchecked: $0) }
    let keys = try await store.tenant(principal.tenant).read { transaction in
      try transaction.apiKeys.page(after: last, limit: limit + 1)
    }
    return Page(keys, limit: limit) { $0.id.rawValue }
  }

  func apiKey(_ id: APIKeyID, as principal: Principal) async throws -> APIKey {
    guard let stored = try await store.tenant(principal.tenant).read({ try $0.apiKeys.key(id) }) else {
      throw Self.keyNotFound
    }
    return stored.key
  }

  func createAPIKey(_ draft: APIKeyDraft, as principal: Principal) async throws -> IssuedAPIKey {
    let now = time.now
    try Self.check(draft, at: now)
    try Self.checkStrength(of: draft, by: principal)
    let secret = APIKeySecret.generate()
    let hash = APIKeySecret.hash(of: secret)
    let key = APIKey(
      id: .generate(at: now), name: draft.name, prefix: String(secret.prefix(APIKeySecret.shownLength)),
      role: draft.role, user: draft.user, createdBy: principal.user, createdAt: now, expiresAt: draft.expiresAt)
    let limit = maxKeys
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

  func renameAPIKey(
    _ id: APIKeyID, to name: String, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> APIKey {
    let name = try ResourceRules.name(name)
    return try await store.tenant(principal.tenant).write { transaction in
      guard var key = try transaction.apiKeys.key(id)?.key else { throw Self.keyNotFound }
      try ResourceRules.check(revision, is: key.revision)
      try transaction.apiKeys.rename(id, to: name)
      key.name = name
      key.revision += 1
      return key
    }
  }

  func revokeAPIKey(_ id: APIKeyID, as principal: Principal) async throws {
    let now = time.now
    try await store.tenant(principal.tenant).write { [access] transaction in
      guard let (key, hash) = try transaction.apiKeys.key(id) else { throw Self.keyNotFound }
      guard key.revokedAt == nil else { return }
      try transaction.apiKeys.revoke(id, at: now)
      try transaction.apiKeyHashes.remove(hash)
      access.announceChange(in: transaction)
    }
    logger.notice("api_key.revoked", metadata: ["key": "\(id)", "by": "\(principal.user)"])
  }

  private static let keyNotFound = ClawError(.notFound, "no such API key")

  private static func check(_ draft: APIKeyDraft, at now: Timestamp) throws(ClawError) {
    _ = try ResourceRules.name(draft.name)
    if let end = draft.expiresAt, end <= now {
      throw ClawError(field: .expiry, "must be in the future")
    }
  }

  /// A key never grants more than the credential that created it.
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
