import ClawCore
import ClawProtocol

extension APIKeyBody {
  init(_ key: APIKey, secret: String? = nil) {
    self.init(
      id: key.id.rawValue, name: key.name, prefix: key.prefix, role: key.role.rawValue, user_id: key.user?.rawValue,
      created_by: key.createdBy.rawValue, created_at: key.createdAt.milliseconds,
      expires_at: key.expiresAt?.milliseconds, last_used_at: key.lastUsedAt?.milliseconds,
      revoked_at: key.revokedAt?.milliseconds, key: secret)
  }
}
