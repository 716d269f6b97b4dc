/// An API key on the routes `/v1/api-keys`. Times are Unix milliseconds.
public struct APIKeyBody: Codable, Sendable {
  /// The id by which the routes name it; no secret.
  public var id: String
  /// What its maker calls it, 1 to 200 bytes.
  public var name: String
  /// The first characters of the secret, by which a person recognises it.
  public var prefix: String
  /// `admin`, `operator` or `viewer`: the most that it may do.
  public var role: String
  /// Whom alone it acts for.
  public var user_id: String?
  /// The user who made it.
  public var created_by: String
  /// When it was made.
  public var created_at: Int64
  /// From when on it is refused; left out if it does not end by itself.
  public var expires_at: Int64?
  /// The last use, written down once in a while; left out if there was none.
  public var last_used_at: Int64?
  /// When it was revoked, which closed its live connections; left out while it holds.
  public var revoked_at: Int64?
  /// The secret, in the answer to the request that made it and nowhere else.
  public var key: String?

  /// `key` is the secret and is passed in the answer that makes it, and only there.
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
  /// This page, revoked keys included.
  public var api_keys: [APIKeyBody]
  /// What `cursor` continues with; left out on the last page.
  public var next_cursor: String?

  /// A page; without a cursor it is the last.
  public init(api_keys: [APIKeyBody], next_cursor: String?) {
    self.api_keys = api_keys
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/api-keys`.
public struct APIKeyDraftBody: Codable, Sendable {
  /// What it is called in lists, 1 to 200 bytes.
  public var name: String
  /// `operator` if it is left out.
  public var role: String?
  /// The one user that the key may act for; left out: any of the tenant, as far as its role allows.
  public var user_id: String?
  /// Unix milliseconds; left out: it does not end by itself.
  public var expires_at: Int64?

  /// An operator's key for all users of the tenant that does not expire, unless told otherwise.
  public init(name: String, role: String? = nil, user_id: String? = nil, expires_at: Int64? = nil) {
    self.name = name
    self.role = role
    self.user_id = user_id
    self.expires_at = expires_at
  }
}

/// The body of `PATCH /v1/api-keys/{id}`.
public struct APIKeyChangeBody: Codable, Sendable {
  /// The new name, 1 to 200 bytes; role, user and end of a key never change.
  public var name: String

  /// A name is all that can be changed.
  public init(name: String) {
    self.name = name
  }
}
