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
      guard try !transaction.removals.isPending(Removal(ofTenant: id)) else {
        throw ClawError(.failedPrecondition, "the tenant is being erased")
      }
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
    let now = parts.time.now
    // Nobody comes in from here on. What is cut off after this goes on by itself.
    let removal = try await parts.store.tenant(id).write { [access] transaction in
      guard var tenant = try transaction.tenants.tenant(id) else { throw AccessKeeper.tenantNotFound }
      tenant.status = .suspended
      tenant.updatedAt = now
      tenant.revision += 1
      try transaction.tenants.update(tenant)
      access.announceChange(in: transaction)
      return try transaction.erasure.beginTenant(at: now)
    }
    try await Remover(engine: parts).finish(removal)
  }

  public func exportTenant(_ id: TenantID, to sink: ExportSink) async throws {
    let tenant = try await tenant(id)
    try await ExportWriter(store: parts.store.tenant(id)).write(tenant, of: nil, to: sink)
  }
}
