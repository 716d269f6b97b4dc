/// A tenant's settings for a user. A user can act without an entry.
public struct UserEntry: Sendable, Hashable {
  public let id: UserID
  public var name: String
  /// The maximum role of credentials bound to this user.
  public var role: Role
  public var isDisabled: Bool
  public let createdAt: Timestamp
  public var updatedAt: Timestamp
  /// Incremented with each change.
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

/// Changes to a user; nil leaves a property unchanged.
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

/// The users of a tenant. The caller has already been authorized as an admin.
public protocol UserService: Sendable {
  /// Sorted by ID.
  func users(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<UserEntry>
  /// - Throws: `notFound`.
  func user(_ id: UserID, as principal: Principal) async throws -> UserEntry
  /// - Throws: `alreadyExists`, `invalidRequest`; `forbidden` for a role above the caller's.
  func createUser(_ id: UserID, _ change: UserChange, as principal: Principal) async throws -> UserEntry
  /// - Throws: `notFound`, `forbidden`; `failedPrecondition` for another revision.
  func updateUser(
    _ id: UserID, _ change: UserChange, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> UserEntry
  /// Erases a user with all their data, closes their connections and aborts their runs. Works for users without an
  /// entry.
  func eraseUser(_ id: UserID, as principal: Principal) async throws
  /// Exports all data of a user as JSON, one object per line.
  func exportUser(_ id: UserID, as principal: Principal, to sink: ExportSink) async throws
}
