import ClawCore
import ClawStore

/// Checks in one transaction whether many principals are still authorised. Shared rows are read once, so that many
/// sockets do not cause as many reads at every check.
final class PrincipalCheck {
  private let transaction: TenantTransaction
  private let now: Timestamp
  private let tenant: Tenant?
  /// All users of the tenant, unless there are many more than principals to check.
  private let users: [UserID: UserEntry]?
  private var keys: [APIKeyID: APIKey?] = [:]
  private let count: Int
  /// All devices of the tenant, like `users`; read when first needed.
  private lazy var devices: Result<[DeviceID: PairedDevice]?, any Error> = Result {
    let all = try transaction.pairedDevices.all(at: now, limit: count + 1)
    return all.count > count ? nil : Dictionary(all.map { ($0.device, $0) }) { first, _ in first }
  }

  /// - Parameter count: The approximate number of checks.
  init(of count: Int, in transaction: TenantTransaction, at now: Timestamp) throws {
    self.transaction = transaction
    self.now = now
    self.count = count
    tenant = try transaction.tenants.tenant(transaction.tenant)
    let all = try transaction.users.page(after: nil, limit: count + 1)
    users = all.count > count ? nil : Dictionary(all.map { ($0.id, $0) }) { first, _ in first }
  }

  func isGood(_ principal: Principal) throws -> Bool {
    if principal.credential == .system { return true }
    guard let role = try role(of: principal.credential, for: principal.user) else { return false }
    return principal.credential == .gatewayToken || role == principal.role
  }

  /// The principal that a run acts as now; nil if its sender has lost the right to send the message.
  func agent(of run: RunRecord) throws -> Principal? {
    let (actor, user) = (run.actor, run.address.user)
    guard let credential = actor.credential, let granted = try role(of: credential, for: actor.user) else { return nil }
    let role = min(granted, actor.role)
    guard role >= .operator_ else { return nil }
    if user != actor.user {
      guard role == .admin, !credential.isBound, try standing(of: user)?.isOpen == true else { return nil }
    }
    return run.agentPrincipal
  }

  /// The role that a credential grants a user now; nil if it grants none.
  private func role(of credential: Credential, for user: UserID) throws -> Role? {
    guard let standing = try standing(of: user), standing.isOpen else { return nil }
    switch credential {
    case .system, .gatewayToken: return .admin
    case .onBehalf: return standing.limit(.operator_)
    case .agent(_, let actor):
      guard let inner = actor.credential, let role = try role(of: inner, for: actor.user) else { return nil }
      return min(role, actor.role, .operator_)
    case .apiKey(let grant):
      guard let key = try key(grant.key), key.revokedAt == nil, key.expiresAt ?? .distantFuture > now else {
        return nil
      }
      return key.user == nil ? key.role : standing.limit(key.role)
    case .device(let id):
      guard let device = try device(id), device.user == user else { return nil }
      return standing.limit(device.role)
    }
  }

  private func standing(of user: UserID) throws -> StoreAccessService.AccountStatus? {
    guard let tenant else { return nil }
    return StoreAccessService.AccountStatus(tenant, try users.map { $0[user] } ?? transaction.users.user(user))
  }

  private func device(_ id: DeviceID) throws -> PairedDevice? {
    if let all = try devices.get() { return all[id] }
    return try transaction.pairedDevices.device(id, at: now)?.device
  }

  private func key(_ id: APIKeyID) throws -> APIKey? {
    if let known = keys[id] { return known }
    let key = try transaction.apiKeys.key(id)?.key
    keys[id] = .some(key)
    return key
  }
}

extension RunRecord {
  /// The agent's principal in this run. Its credential is bound to the session's user and grants nothing beyond the
  /// actor's.
  var agentPrincipal: Principal {
    Principal(
      tenant: address.tenant, user: address.user, role: .operator_, origin: Origin(rawValue: source) ?? .other,
      credential: .agent(run: id, actor: actor))
  }
}
