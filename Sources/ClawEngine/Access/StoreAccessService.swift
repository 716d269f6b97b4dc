import ClawCore
import ClawJSON
import ClawStore
import Logging
import Synchronization

/// Authenticates credentials and determines what they grant; see ``AccessService``. It changes no tenant, user or key:
/// their services notify it of changes.
public final class StoreAccessService: AccessService {
  /// The status of a user in a tenant.
  struct AccountStatus: Sendable {
    let tenant: TenantID
    let isOpen: Bool
    /// The highest role of credentials bound to the user; nil for no limit.
    let cap: Role?

    init(_ tenant: Tenant, _ user: UserEntry?) {
      self.tenant = tenant.id
      isOpen = tenant.status == .active && user?.isDisabled != true
      cap = user?.role
    }

    func limit(_ role: Role) -> Role { cap.map { min($0, role) } ?? role }
  }

  struct Place: Hashable, Sendable {
    let tenant: TenantID
    let user: UserID
  }

  private struct KnownKey: Sendable {
    let tenant: TenantID
    let key: APIKey
    let hash: String
  }

  /// Limit of keys whose last use is cached; beyond it all are dropped, which costs a write each.
  private static let maxNoted = 20_000

  let store: Store
  let configuration: AccessConfiguration
  private let peers: Peers
  let time: TimeSource
  let logger: Logger
  private let accounts: CredentialCache<Place, AccountStatus>
  private let keys: CredentialCache<UTF8Key, KnownKey>
  private let noted = Mutex<[APIKeyID: Timestamp]>([:])
  /// The principals that runs act as.
  let runs: CredentialCache<RunID, Principal>
  let runObserver = Mutex<(@Sendable (TenantID) -> Void)?>(nil)
  private let observer = Mutex<(@Sendable (TenantID) -> Void)?>(nil)

  init(
    store: Store, configuration: AccessConfiguration, peers: Peers, time: TimeSource, logger: Logger
  ) {
    self.store = store
    self.peers = peers
    self.configuration = configuration
    self.time = time
    self.logger = logger
    accounts = CredentialCache(lifetime: configuration.memory) { $0.tenant }
    keys = CredentialCache(lifetime: configuration.memory) { $0.tenant }
    runs = CredentialCache(lifetime: configuration.memory) { $0.tenant }
  }

  public func observe(_ observer: @escaping @Sendable (TenantID) -> Void) {
    self.observer.withLock { $0 = observer }
  }

  /// After commit, drops cached credentials and rechecks open connections.
  func announceChange(in transaction: TenantTransaction) {
    let tenant = transaction.tenant
    transaction.afterCommit { [self] in
      hasChanged(tenant)
      peers.notify(.access(tenant))
    }
  }

  /// Drops cached credentials of a tenant.
  func hasChanged(_ tenant: TenantID) {
    accounts.forget(tenant)
    keys.forget(tenant)
    runs.forget(tenant)
    observer.withLock { $0 }?(tenant)
    runObserver.withLock { $0 }?(tenant)
  }

  // MARK: - Authentication

  public func admitGatewayToken(_ claim: AccessClaim) async throws -> Principal {
    let tenant = try claim.tenant.map { name throws(ClawError) in try TenantID(validating: name) } ?? .standard
    let user = try claim.user.map { name throws(ClawError) in try UserID(validating: name) } ?? .owner
    _ = try await activeAccount(of: user, in: tenant)
    return Principal(tenant: tenant, user: user, role: .admin, origin: claim.origin, credential: .gatewayToken)
  }

  public func admit(apiKey secret: String, _ claim: AccessClaim) async throws -> Principal? {
    guard APIKeySecret.isWellFormed(secret), let known = try await known(secret) else { return nil }
    let key = known.key
    guard key.revokedAt == nil, key.expiresAt ?? .distantFuture > time.now else { return nil }
    guard claim.tenant.map(TenantID.init(unchecked:)) ?? known.tenant == known.tenant else {
      throw ClawError(.forbidden, "this key is for another tenant")
    }
    let claimed = try claim.user.map { name throws(ClawError) in try UserID(validating: name) }
    if let user = key.user, let claimed, claimed != user {
      throw ClawError(.forbidden, "this key is bound to another user")
    }
    let user = key.user ?? claimed ?? .owner
    let standing = try await activeAccount(of: user, in: known.tenant)
    await noteUse(of: key, in: known.tenant)
    return Principal(
      tenant: known.tenant, user: user, role: key.user == nil ? key.role : standing.limit(key.role),
      origin: claim.origin,
      credential: .apiKey(KeyGrant(key: key.id, user: key.user, expiresAt: key.expiresAt)))
  }

  public func admit(_ device: PairedDevice, of tenant: TenantID, origin: Origin) async throws -> Principal {
    let standing = try await activeAccount(of: device.user, in: tenant)
    return Principal(
      tenant: tenant, user: device.user, role: standing.limit(device.role), origin: origin,
      credential: .device(device.device))
  }

  public func principal(_ caller: Principal, actingAs user: UserID) async throws -> Principal {
    guard user != caller.user else { return caller }
    guard !caller.isBound else { throw ClawError(.forbidden, "this credential is bound to another user") }
    _ = try await activeAccount(of: user, in: caller.tenant)
    return Principal(
      tenant: caller.tenant, user: user, role: caller.role, origin: caller.origin, credential: caller.credential)
  }

  public func checkTenant(_ tenant: TenantID) async throws {
    guard try await store.node.read({ try $0.tenants.tenant(tenant) })?.status == .active else {
      throw Self.tenantNotFound
    }
  }

  // MARK: - Lookup

  private func known(_ secret: String) async throws -> KnownKey? {
    let hash = APIKeySecret.hash(of: secret)
    let known = try await keys.answer(to: UTF8Key(hash)) {
      guard let owner = try await store.node.read({ try $0.apiKeyHashes.owner(of: hash) }),
        let stored = try await store.tenant(owner.tenant).read({ try $0.apiKeys.key(owner.key) })
      else { return nil }
      return KnownKey(tenant: owner.tenant, key: stored.key, hash: stored.hash)
    }
    guard let known, APIKeySecret.areEqual(known.hash, hash) else { return nil }
    return known
  }

  private func activeAccount(of user: UserID, in tenant: TenantID) async throws -> AccountStatus {
    let standing = try await accounts.answer(to: Place(tenant: tenant, user: user)) {
      try await store.tenant(tenant).read { try Self.standing(of: user, in: $0) }
    }
    guard let standing else { throw Self.tenantNotFound }
    guard standing.isOpen else {
      throw ClawError(.forbidden, "this user or tenant is switched off; ask the operator of the gateway")
    }
    return standing
  }

  static let tenantNotFound = ClawError(.notFound, "tenant not found")

  /// Nil if there is no such tenant.
  private static func standing(of user: UserID, in transaction: TenantTransaction) throws -> AccountStatus? {
    guard let tenant = try transaction.tenants.tenant(transaction.tenant) else { return nil }
    return AccountStatus(tenant, try transaction.users.user(user))
  }

  // MARK: - Rechecks

  public func ended(among principals: Set<Principal>, in tenant: TenantID) async throws -> Set<Principal> {
    let now = time.now
    return try await store.tenant(tenant).read { transaction in
      let check = try PrincipalCheck(of: principals.count, in: transaction, at: now)
      return try principals.filter { try !check.isGood($0) }
    }
  }

  // MARK: - Last use

  /// Records the use of a key, at most once per interval. The key is accepted even if the store takes no writes.
  private func noteUse(of key: APIKey, in tenant: TenantID) async {
    let now = time.now
    let interval = configuration.useInterval
    let isDue = noted.withLock { noted in
      let last = max(noted[key.id] ?? .distantPast, key.lastUsedAt ?? .distantPast)
      guard last == .distantPast || now - last >= interval else { return false }
      if noted.count >= Self.maxNoted { noted = [:] }
      noted[key.id] = now
      return true
    }
    guard isDue else { return }
    do {
      try await store.tenant(tenant).write { try $0.apiKeys.noteUse(of: key.id, at: now) }
    } catch {
      logger.warning("api_key.use_not_noted", metadata: ["key": "\(key.id)", "error": "\(error)"])
    }
  }
}

extension Timestamp {
  static let distantPast = Timestamp(milliseconds: .min)
  static let distantFuture = Timestamp(milliseconds: .max)
}
