import ClawCore
import ClawStore

/// The users of a tenant.
struct StoreUserService: UserService {
  let store: Store
  let access: StoreAccessService
  let time: TimeSource
  let remover: RemovalWorker

  /// Limit of users per tenant.
  private static let maxUsers = 100_000

  func users(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<UserEntry> {
    let last = cursor.map { UserID(unchecked: $0) }
    let read = try await store.tenant(principal.tenant).read {
      try $0.users.listed(after: last, limit: limit + 1)
    }
    return Page(read, limit: limit) { $0.id.rawValue }
  }

  func user(_ id: UserID, as principal: Principal) async throws -> UserEntry {
    guard let user = try await store.tenant(principal.tenant).read({ try $0.users.listed(id) }) else {
      throw Self.userNotFound
    }
    return user
  }

  private static let userNotFound = ClawError(.notFound, "no such user")

  func createUser(_ id: UserID, _ change: UserChange, as principal: Principal) async throws -> UserEntry {
    let now = time.now
    let role = change.role ?? .operator_
    try Self.check(role, givenBy: principal)
    let user = UserEntry(
      id: id, name: try ResourceRules.name(change.name ?? id.rawValue), role: role,
      isDisabled: change.isDisabled ?? false, createdAt: now, updatedAt: now, revision: 1)
    try await store.tenant(principal.tenant).write { [access] transaction in
      guard try transaction.users.count() < Self.maxUsers else {
        throw ClawError(.failedPrecondition, "there are \(Self.maxUsers) users already")
      }
      guard try transaction.users.add(user) else { throw ClawError(.alreadyExists, "user already exists") }
      access.announceChange(in: transaction)
    }
    return user
  }

  func updateUser(
    _ id: UserID, _ change: UserChange, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> UserEntry {
    let now = time.now
    let name = try change.name.map(ResourceRules.name)
    if let role = change.role { try Self.check(role, givenBy: principal) }
    return try await store.tenant(principal.tenant).write { [access] transaction in
      guard var user = try transaction.users.listed(id) else { throw Self.userNotFound }
      try ResourceRules.check(revision, is: user.revision)
      user.name = name ?? user.name
      user.role = change.role ?? user.role
      user.isDisabled = change.isDisabled ?? user.isDisabled
      user.updatedAt = now
      user.revision += 1
      try transaction.users.update(user)
      access.announceChange(in: transaction)
      return user
    }
  }

  private static func check(_ role: Role, givenBy principal: Principal) throws(ClawError) {
    guard role <= principal.role else {
      throw ClawError(.forbidden, "a user can't be given a higher role than who gives it")
    }
  }

  func eraseUser(_ id: UserID, as principal: Principal) async throws {
    let now = time.now
    // Credentials are removed first. If interrupted after this, the removal resumes by itself.
    let removal = try await store.tenant(principal.tenant).write { [access] transaction in
      access.announceChange(in: transaction)
      return try transaction.erasure.begin(erasing: id, at: now)
    }
    try await remover.finish(removal)
  }

  func exportUser(_ id: UserID, as principal: Principal, to sink: ExportSink) async throws {
    try await ExportWriter(store: store.tenant(principal.tenant)).write(nil, of: id, to: sink)
  }
}
