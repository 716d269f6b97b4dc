/// What a tenant keeps about a user, on the routes `/v1/users`. Times are Unix milliseconds.
public struct UserBody: Codable, Sendable {
  /// 1 to 255 bytes without control characters, told apart by bytes.
  public var id: String
  /// What people call them, 1 to 200 bytes.
  public var name: String
  /// The most that credentials which are bound to this user may do.
  public var role: String
  /// Whether they are kept out: credentials bound to them are refused, and their runs end.
  public var disabled: Bool
  /// When the entry was made.
  public var created_at: Int64
  /// When the entry last changed.
  public var updated_at: Int64

  /// The entry as it is listed; its revision goes into the header `ETag`.
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
  /// This page, by id. Users without an entry are not listed.
  public var users: [UserBody]
  /// What `cursor` continues with; left out on the last page.
  public var next_cursor: String?

  /// A page; without a cursor it is the last.
  public init(users: [UserBody], next_cursor: String?) {
    self.users = users
    self.next_cursor = next_cursor
  }
}

/// The body of `POST /v1/users`.
public struct UserDraftBody: Codable, Sendable {
  /// 1 to 255 bytes without control characters.
  public var id: String
  /// The id if it is left out.
  public var name: String?
  /// `operator` if it is left out.
  public var role: String?
  /// False if it is left out.
  public var disabled: Bool?

  /// An operator who is let in, unless told otherwise.
  public init(id: String, name: String? = nil, role: String? = nil, disabled: Bool? = nil) {
    self.id = id
    self.name = name
    self.role = role
    self.disabled = disabled
  }
}

/// The body of `PATCH /v1/users/{id}`; what is left out stays as it is.
public struct UserChangeBody: Codable, Sendable {
  /// The new name, 1 to 200 bytes.
  public var name: String?
  /// `admin`, `operator` or `viewer`, at most the role of who gives it.
  public var role: String?
  /// True closes the user's connections and ends their runs.
  public var disabled: Bool?

  /// Changes nothing unless told what.
  public init(name: String? = nil, role: String? = nil, disabled: Bool? = nil) {
    self.name = name
    self.role = role
    self.disabled = disabled
  }
}
