/// What a tenant keeps about a user, on the routes `/v1/users`. Times are Unix milliseconds.
public struct UserBody: Codable, Sendable {
  public var id: String
  public var name: String
  /// The most that credentials which are bound to this user may do.
  public var role: String
  public var disabled: Bool
  public var created_at: Int64
  public var updated_at: Int64

  public init(id: String, name: String, role: String, disabled: Bool, created_at: Int64, updated_at: Int64) {
    self.id = id
    self.name = name
    self.role = role
    self.disabled = disabled
    self.created_at = created_at
    self.updated_at = updated_at
  }
}

/// `GET /v1/users`
public struct UserListBody: Codable, Sendable {
  public var users: [UserBody]
  public var next_cursor: String?

  public init(users: [UserBody], next_cursor: String?) {
    self.users = users
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/users`.
public struct UserDraftBody: Codable, Sendable {
  public var id: String
  /// The id if it is left out.
  public var name: String?
  /// `operator` if it is left out.
  public var role: String?
  public var disabled: Bool?

  public init(id: String, name: String? = nil, role: String? = nil, disabled: Bool? = nil) {
    self.id = id
    self.name = name
    self.role = role
    self.disabled = disabled
  }
}

/// The body of `PATCH /v1/users/{id}`; what is left out stays as it is.
public struct UserChangeBody: Codable, Sendable {
  public var name: String?
  public var role: String?
  public var disabled: Bool?

  public init(name: String? = nil, role: String? = nil, disabled: Bool? = nil) {
    self.name = name
    self.role = role
    self.disabled = disabled
  }
}
