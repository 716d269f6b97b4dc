import ClawCore
import ClawStore
import Logging
import Synchronization

/// The models of each tenant, built from its providers in the store. They are built when a tenant first needs them,
/// cached, and rebuilt after a change on any node.
public final class StoreModelCatalog: ModelCatalog {
  /// Limit of cached tenants. Beyond it half of them are evicted, which costs a read each, together with their record
  /// of failures.
  private static let maxTenants = 20_000
  /// Changes read at once.
  private static let pageSize = 1000

  private struct State {
    var known: [TenantID: TenantModels] = [:]
    /// The last change that was read; nil before the first poll.
    var last: Int64?
    /// Counts detected changes: models read meanwhile may be out of date.
    var generation = 0
  }

  private let store: Store
  private let factory: any ModelFactory
  private let secrets: StoreSecretService
  private let state = Mutex(State())

  public init(store: Store, factory: any ModelFactory, secrets: StoreSecretService) {
    self.store = store
    self.factory = factory
    self.secrets = secrets
  }

  public var standard: ModelReference { factory.standard }

  public func models(of tenant: TenantID) async throws -> any ModelService {
    let (known, generation) = state.withLock { ($0.known[tenant], $0.generation) }
    if let known { return known }
    let made = TenantModels(try await read(tenant), reread: { [weak self] in try await self?.read(tenant) })
    return state.withLock { state in
      guard state.generation == generation else { return made }
      // Models built concurrently may already hold a record of failures.
      if let known = state.known[tenant] { return known }
      if state.known.count >= Self.maxTenants {
        for old in state.known.keys.prefix(Self.maxTenants / 2) { state.known[old] = nil }
      }
      state.known[tenant] = made
      return made
    }
  }

  /// The current providers, and the number of their last change.
  private func read(_ tenant: TenantID) async throws -> TenantModels.Snapshot {
    let secrets = secrets
    let (version, own) = try await store.tenant(tenant).read { transaction in
      (try transaction.providers.version(), try secrets.providers(in: transaction))
    }
    return TenantModels.Snapshot(version: version, models: factory.models(with: own))
  }

  public func hasChanged(_ tenant: TenantID) {
    state.withLock { state in
      state.known[tenant] = nil
      state.generation += 1
    }
  }

  public func catchUp() async throws {
    guard let last = state.withLock({ $0.last }) else {
      let last = try await store.node.read { try $0.providerChanges.last() }
      return state.withLock { state in
        // Models built before may be older than the changes polled from now on.
        state.last = state.last ?? last
        state.known = [:]
        state.generation += 1
      }
    }
    var after = last
    while true {
      let (from, size) = (after, Self.pageSize)
      let changed = try await store.node.read { try $0.providerChanges.tenants(after: from, limit: size) }
      guard let newest = changed.last?.number else { return }
      state.withLock { state in
        for (tenant, number) in changed where state.known[tenant].map({ $0.version < number }) ?? false {
          state.known[tenant] = nil
        }
        state.generation += 1
        state.last = max(state.last ?? 0, newest)
      }
      guard changed.count == Self.pageSize else { return }
      after = newest
    }
  }
}
