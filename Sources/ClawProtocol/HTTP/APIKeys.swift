/// An API key on the routes `/v1/api-keys`. Times are Unix milliseconds.
public struct APIKeyBody: Codable, Sendable {
  public var id: String
  public var name: String
  /// The first characters of the secret, by which a person recognises it.
  public var prefix: String
  public var role: String
  /// Whom alone it acts for.
  public var user_id: String?
  public var created_by: String
  public var created_at: Int64
  public var expires_at: Int64?
  public var last_used_at: Int64?
  public var revoked_at: Int64?
  /// The secret, in the answer to the request that made it and nowhere else.
  public var key: String?

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
  public var api_keys: [APIKeyBody]
  public var next_cursor: String?

  public init(api_keys: [APIKeyBody], next_cursor: String?) {
    self.api_keys = api_keys
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/api-keys`.
public struct APIKeyDraftBody: Codable, Sendable {
  public var name: String
  /// `operator` if it is left out.
  public var role: String?
  public var user_id: String?
  /// Unix milliseconds; left out: it does not end by itself.
  public var expires_at: Int64?

  public init(name: String, role: String? = nil, user_id: String? = nil, expires_at: Int64? = nil) {
    self.name = name
    self.role = role
    self.user_id = user_id
    self.expires_at = expires_at
  }
}

/// The body of `PATCH /v1/api-keys/{id}`.
public struct APIKeyChangeBody: Codable, Sendable {
  public var name: String

  public init(name: String) {
    self.name = name
  }
}
