import ClawCore
import ClawStore
import Logging

/// The tenants of the installation, each with its initial agent.
struct StoreTenantService: TenantService {
  let store: Store
  let access: StoreAccessService
  let agents: StoreAgentService
  let time: TimeSource
  let logger: Logger
  let remover: RemovalWorker
  let models: any ModelCatalog
  let peers: Peers

  func tenants(limit: Int, cursor: String?) async throws -> Page<Tenant> {
    let last = cursor.map { TenantID(unchecked: $0) }
    let read = try await store.node.read { try $0.tenants.page(after: last, limit: limit + 1) }
    return Page(read, limit: limit) { $0.id.rawValue }
  }

  func tenant(_ id: TenantID) async throws -> Tenant {
    guard let tenant = try await store.node.read({ try $0.tenants.tenant(id) }) else {
      throw StoreAccessService.tenantNotFound
    }
    return tenant
  }

  func createTenant(_ id: TenantID, name: String) async throws -> Tenant {
    let now = time.now
    let tenant = Tenant(
      id: id, name: try ResourceRules.name(name), status: .active, createdAt: now, updatedAt: now, revision: 1)
    let agent = agents.configuration.defaultAgent(of: id, at: now)
    try await store.tenant(id).write { transaction in
      guard try transaction.tenants.count() < TenantRepository.maxTenants else {
        throw ClawError(.failedPrecondition, "there are \(TenantRepository.maxTenants) tenants already")
      }
      guard try transaction.tenants.add(tenant) else {
        throw ClawError(.alreadyExists, "tenant already exists: \(id)")
      }
      _ = try transaction.agents.add(agent)
      // The new tenant must not get the cached models of an erased tenant of that name.
      transaction.afterCommit { [models, peers] in
        models.hasChanged(id)
        peers.notify(.models(id))
      }
    }
    await agents.makeFolder(of: agent)
    logger.notice("tenant.made", metadata: ["tenant": "\(id)"])
    return tenant
  }

  func updateTenant(
    _ id: TenantID, name: String?, status: Tenant.Status?, ifRevision revision: Int64?
  ) async throws -> Tenant {
    let name = try name.map(ResourceRules.name)
    guard status != .suspended || id != .standard else { throw Self.firstTenantStays }
    let now = time.now
    return try await store.tenant(id).write { [access] transaction in
      guard var tenant = try transaction.tenants.tenant(id) else { throw StoreAccessService.tenantNotFound }
      try ResourceRules.check(revision, is: tenant.revision)
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

  func eraseTenant(_ id: TenantID) async throws {
    guard id != .standard else { throw Self.firstTenantStays }
    let now = time.now
    // No credential of the tenant is accepted from here on. If interrupted after this, the removal resumes by itself.
    let removal = try await store.tenant(id).write { [access] transaction in
      guard var tenant = try transaction.tenants.tenant(id) else { throw StoreAccessService.tenantNotFound }
      tenant.status = .suspended
      tenant.updatedAt = now
      tenant.revision += 1
      try transaction.tenants.update(tenant)
      access.announceChange(in: transaction)
      return try transaction.erasure.beginTenant(at: now)
    }
    try await remover.finish(removal)
  }

  func exportTenant(_ id: TenantID, to sink: ExportSink) async throws {
    let tenant = try await tenant(id)
    try await ExportWriter(store: store.tenant(id)).write(tenant, of: nil, to: sink)
  }
}
