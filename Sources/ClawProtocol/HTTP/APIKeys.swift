/// An API key on the routes `/v1/api-keys`. Times are Unix milliseconds.
public struct APIKeyBody: Codable, Sendable {
  /// The id used in the routes; not secret.
  public var id: String
  /// Its name, 1 to 200 bytes.
  public var name: String
  /// The first characters of the secret, to recognize it.
  public var prefix: String
  /// `admin`, `operator` or `viewer`: its maximum role.
  public var role: String
  /// The only user it acts for.
  public var user_id: String?
  /// The user who created it.
  public var created_by: String
  /// When it was created.
  public var created_at: Int64
  /// When it expires; omitted if it does not expire.
  public var expires_at: Int64?
  /// Its last use, recorded from time to time; omitted if there was none.
  public var last_used_at: Int64?
  /// When it was revoked, which closed its connections; omitted while it is valid.
  public var revoked_at: Int64?
  /// The secret, only in the response to the request that created it.
  public var key: String?

  /// `key` is the secret, set only in the response to its creation.
  public init(
    id: String, name: String, prefix: String, role: String, user_id: String?, created_by: String, created_at: Int64,
    expires_at: Int64?, last_used_at: Int64?, revoked_at: Int64?, key: String? = nil
  ) {
    self.id = id
    self.name = name
    self.prefix = prefix
    self.role = role
    self.user_id = user_id
    self.created_by = created_by
    self.created_at = created_at
    self.expires_at = expires_at
    self.last_used_at = last_used_at
    self.revoked_at = revoked_at
    self.key = key
  }
}

/// `GET /v1/api-keys`
public struct APIKeyListBody: Codable, Sendable {
  /// This page, including revoked keys.
  public var api_keys: [APIKeyBody]
  /// Pass it as `cursor` for the next page; omitted on the last page.
  public var next_cursor: String?

  /// A page; the last one if there is no cursor.
  public init(api_keys: [APIKeyBody], next_cursor: String?) {
    self.api_keys = api_keys
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/api-keys`.
public struct APIKeyDraftBody: Codable, Sendable {
  /// Its name in lists, 1 to 200 bytes.
  public var name: String
  /// `operator` if omitted.
  public var role: String?
  /// The only user that the key may act for; if omitted, any user of the tenant, as far as its role allows.
  public var user_id: String?
  /// Unix milliseconds; if omitted, it does not expire.
  public var expires_at: Int64?

  /// By default an operator's key for all users of the tenant that does not expire.
  public init(name: String, role: String? = nil, user_id: String? = nil, expires_at: Int64? = nil) {
    self.name = name
    self.role = role
    self.user_id = user_id
    self.expires_at = expires_at
  }
}

/// The body of `PATCH /v1/api-keys/{id}`.
public struct APIKeyChangeBody: Codable, Sendable {
  /// The new name, 1 to 200 bytes; role, user and expiry of a key can't be changed.
  public var name: String

  /// Only the name can be changed.
  public init(name: String) {
    self.name = name
  }
}
