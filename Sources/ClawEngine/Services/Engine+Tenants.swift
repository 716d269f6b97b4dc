import ClawCore
import ClawStore

extension Engine: TenantService {
  public func tenants(limit: Int, cursor: String?) async throws -> Page<Tenant> {
    let last = cursor.map { TenantID(unchecked: $0) }
    let read = try await parts.store.node.read { try $0.tenants.page(after: last, limit: limit + 1) }
    return Page(read, limit: limit) { $0.id.rawValue }
  }

  public func tenant(_ id: TenantID) async throws -> Tenant {
    guard let tenant = try await parts.store.node.read({ try $0.tenants.tenant(id) }) else {
      throw AccessKeeper.tenantNotFound
    }
    return tenant
  }

  public func createTenant(_ id: TenantID, name: String) async throws -> Tenant {
    let now = parts.time.now
    let tenant = Tenant(
      id: id, name: try AccessKeeper.name(name), status: .active, createdAt: now, updatedAt: now, revision: 1)
    let agent = defaultAgent(of: id, at: now)
    try await parts.store.tenant(id).write { transaction in
      guard try transaction.tenants.count() < TenantRepository.maxTenants else {
        throw ClawError(.failedPrecondition, "there are \(TenantRepository.maxTenants) tenants already")
      }
      guard try transaction.tenants.add(tenant) else {
        throw ClawError(.alreadyExists, "tenant already exists: \(id)")
      }
      _ = try transaction.agents.add(agent)
    }
    await makeFolder(of: agent)
    parts.logger.notice("tenant.made", metadata: ["tenant": "\(id)"])
    return tenant
  }

  public func updateTenant(
    _ id: TenantID, name: String?, status: Tenant.Status?, ifRevision revision: Int64?
  ) async throws -> Tenant {
    let name = try name.map(AccessKeeper.name)
    guard status != .suspended || id != .standard else { throw Self.firstTenantStays }
    let now = parts.time.now
    return try await parts.store.tenant(id).write { [access] transaction in
      guard var tenant = try transaction.tenants.tenant(id) else { throw AccessKeeper.tenantNotFound }
      try AccessKeeper.check(revision, is: tenant.revision)
      tenant.name = name ?? tenant.name
      tenant.status = status ?? tenant.status
      tenant.updatedAt = now
      tenant.revision += 1
      try transaction.tenants.update(tenant)
      access.announceChange(in: transaction)
      return tenant
    }
  }

  private static let firstTenantStays = ClawError(
    .invalidRequest, "the tenant \(TenantID.standard) is the one that every gateway has; it stays")

  public func eraseTenant(_ id: TenantID) async throws {
    guard id != .standard else { throw Self.firstTenantStays }
    // Nobody comes in from here on; what is cut off after this is erased by doing it again.
    _ = try await updateTenant(id, name: nil, status: .suspended, ifRevision: nil)
    try await eraseSessions(of: nil, in: id)
    try await parts.store.tenant(id).write { [parts, access] transaction in
      for session in try transaction.erasure.sessions(of: nil, limit: .max) {
        try Self.erase(session, in: transaction, of: parts)
      }
      try transaction.erasure.eraseTenant()
      Self.forgetNumbers(of: nil, in: transaction, of: parts)
      access.announceChange(in: transaction)
    }
    await removeFolders(of: id)
    parts.logger.notice("tenant.erased", metadata: ["tenant": "\(id)"])
  }

  private func removeFolders(of tenant: TenantID) async {
    do {
      _ = try await parts.folders?.remove(workspaces(of: tenant))
    } catch {
      parts.logger.warning("tenant.folders_not_removed", metadata: ["tenant": "\(tenant)", "error": "\(error)"])
    }
  }

  public func exportTenant(_ id: TenantID, to sink: ExportSink) async throws {
    let tenant = try await tenant(id)
    try await ExportWriter(store: parts.store.tenant(id)).write(tenant, of: nil, to: sink)
  }

  // MARK: - Sessions

  /// Erases sessions, some in each transaction, so that others can write in between.
  func eraseSessions(of user: UserID?, in tenant: TenantID) async throws {
    let batch = 20
    var isDone = false
    while !isDone {
      isDone = try await parts.store.tenant(tenant).write { [parts] transaction in
        let sessions = try transaction.erasure.sessions(of: user, limit: batch)
        for session in sessions { try Self.erase(session, in: transaction, of: parts) }
        return sessions.count < batch
      }
    }
  }

  /// Whoever comes by the same name counts events anew.
  static func forgetNumbers(of user: UserID?, in transaction: TenantTransaction, of parts: EngineParts) {
    let tenant = transaction.tenant
    transaction.afterCommit {
      parts.hub.erased(user, of: tenant)
      parts.peers.tell(.erased(tenant, user))
    }
  }

  /// Erases a session; runs that go on in it are stopped, and whoever waits for them learns of it.
  static func erase(_ session: SessionID, in transaction: TenantTransaction, of parts: EngineParts) throws {
    try RunTermination.abort.endAll(of: session, in: transaction, of: parts, at: parts.time.now)
    transaction.afterCommit { parts.transcripts.remove(session) }
    try transaction.erasure.erase(session)
  }
}
