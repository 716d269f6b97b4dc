/// A tenant's settings for a user, on the routes `/v1/users`. Times are Unix milliseconds.
public struct UserBody: Codable, Sendable {
  /// 1 to 255 bytes without control characters, compared by bytes.
  public var id: String
  /// Their display name, 1 to 200 bytes.
  public var name: String
  /// The maximum role of credentials bound to this user.
  public var role: String
  /// Whether they are disabled: credentials bound to them are rejected, and their runs end.
  public var disabled: Bool
  /// When the entry was created.
  public var created_at: Int64
  /// When the entry last changed.
  public var updated_at: Int64

  /// An entry of the list; its revision is in the header `ETag`.
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
  /// This page, sorted by id. Users without an entry are not listed.
  public var users: [UserBody]
  /// Pass it as `cursor` for the next page; omitted on the last page.
  public var next_cursor: String?

  /// A page; the last one if there is no cursor.
  public init(users: [UserBody], next_cursor: String?) {
    self.users = users
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/users`.
public struct UserDraftBody: Codable, Sendable {
  /// 1 to 255 bytes without control characters.
  public var id: String
  /// The id if omitted.
  public var name: String?
  /// `operator` if omitted.
  public var role: String?
  /// False if omitted.
  public var disabled: Bool?

  /// By default an enabled operator.
  public init(id: String, name: String? = nil, role: String? = nil, disabled: Bool? = nil) {
    self.id = id
    self.name = name
    self.role = role
    self.disabled = disabled
  }
}

/// The body of `PATCH /v1/users/{id}`; omitted fields are left unchanged.
public struct UserChangeBody: Codable, Sendable {
  /// The new name, 1 to 200 bytes.
  public var name: String?
  /// `admin`, `operator` or `viewer`, at most the role of the caller.
  public var role: String?
  /// True closes the user's connections and ends their runs.
  public var disabled: Bool?

  /// Changes nothing by default.
  public init(name: String? = nil, role: String? = nil, disabled: Bool? = nil) {
    self.name = name
    self.role = role
    self.disabled = disabled
  }
}
