import ClawCore
import ClawStore
import Logging
import Synchronization

/// The models of each tenant, made of its providers as they stand in the store. They are made when a tenant first needs
/// them and made anew after a change, on whatever node; in between a turn finds them in memory.
public final class StoreModelCatalog: ModelCatalog {
  /// Tenants whose models are kept. Beyond it half of them are forgotten, which costs a read each, and what was
  /// remembered of failures.
  private static let maxTenants = 20_000
  /// Changes that are read at once.
  private static let pageSize = 1000

  private struct State {
    var known: [TenantID: TenantModels] = [:]
    /// The last change that was looked at; nil before the first look.
    var last: Int64?
    /// Counts what was found to have changed: models that were read meanwhile may be old.
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
      // What somebody else made meanwhile may remember something already.
      if let known = state.known[tenant] { return known }
      if state.known.count >= Self.maxTenants {
        for old in state.known.keys.prefix(Self.maxTenants / 2) { state.known[old] = nil }
      }
      state.known[tenant] = made
      return made
    }
  }

  /// The providers as they stand now, and the number of their last change.
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
        // What was made before may be older than what is looked for from now on.
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
