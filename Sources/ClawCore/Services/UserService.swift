/// A user that the tenant keeps something about. A user needs no entry to be acted for.
public struct UserEntry: Sendable, Hashable {
  public let id: UserID
  public var name: String
  /// The most that credentials which are bound to this user may do.
  public var role: Role
  public var isDisabled: Bool
  public let createdAt: Timestamp
  public var updatedAt: Timestamp
  /// Grows with each change.
  public var revision: Int64

  public init(
    id: UserID, name: String, role: Role, isDisabled: Bool, createdAt: Timestamp, updatedAt: Timestamp,
    revision: Int64
  ) {
    self.id = id
    self.name = name
    self.role = role
    self.isDisabled = isDisabled
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.revision = revision
  }
}

/// What is to change of a user; nil stays as it is.
public struct UserChange: Sendable {
  public var name: String?
  public var role: Role?
  public var isDisabled: Bool?

  public init(name: String? = nil, role: Role? = nil, isDisabled: Bool? = nil) {
    self.name = name
    self.role = role
    self.isDisabled = isDisabled
  }
}

/// The users of a tenant. Whether the caller is an admin is decided before.
public protocol UserService: Sendable {
  /// In the order of their ids.
  func users(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<UserEntry>
  /// - Throws: `notFound`.
  func user(_ id: UserID, as principal: Principal) async throws -> UserEntry
  /// - Throws: `alreadyExists`, `invalidRequest`; `forbidden` for a role above the caller's.
  func createUser(_ id: UserID, _ change: UserChange, as principal: Principal) async throws -> UserEntry
  /// - Throws: `notFound`, `forbidden`; `failedPrecondition` for another revision.
  func updateUser(
    _ id: UserID, _ change: UserChange, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> UserEntry
  /// Erases a user with all that is their own, and ends their connections and runs. Works for users without an entry.
  func eraseUser(_ id: UserID, as principal: Principal) async throws
  /// Writes all that a user has as JSON, an object a line.
  func exportUser(_ id: UserID, as principal: Principal, to sink: ExportSink) async throws
}
