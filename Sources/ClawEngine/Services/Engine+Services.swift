import ClawCore
import ClawStore

/// Services that need the store and no run loop, each built from its own dependencies.
extension Engine {
  /// The agents of a tenant.
  public var agents: any AgentService { storeAgents }

  /// Images and files given by users.
  public var media: any MediaService { parts.media }

  /// Scheduled jobs.
  public var cron: any CronService {
    StoreCronService(
      store: parts.store, configuration: parts.configuration, time: parts.time, zones: parts.zones,
      jobsChanged: jobsChanged, removals: parts.removals)
  }

  /// The API keys of a tenant.
  public var apiKeys: any APIKeyService {
    StoreAPIKeyService(
      store: parts.store, access: access, maxKeys: parts.configuration.access.maxKeys, time: parts.time,
      logger: parts.logger)
  }

  /// The users of a tenant.
  public var users: any UserService {
    StoreUserService(store: parts.store, access: access, time: parts.time, remover: removalWorker)
  }

  /// The budgets of a tenant.
  public var budgets: any BudgetService {
    StoreBudgetService(store: parts.store, access: access, time: parts.time, logger: parts.logger)
  }

  /// The tenants of the installation.
  public var tenants: any TenantService {
    StoreTenantService(
      store: parts.store, access: access, agents: storeAgents, time: parts.time, logger: parts.logger,
      remover: removalWorker, models: parts.models, peers: parts.peers)
  }

  /// The providers that tenants set up for themselves.
  /// - Parameters:
  ///   - factory: Builds their models.
  ///   - secrets: Seals their keys.
  public func providers(made factory: any ModelFactory, sealing secrets: StoreSecretService) -> any ProviderService {
    StoreProviderService(
      store: parts.store, factory: factory, catalog: parts.models, secrets: secrets, peers: parts.peers,
      time: parts.time, logger: parts.logger)
  }

  private var storeAgents: StoreAgentService {
    StoreAgentService(
      store: parts.store, models: parts.models, tools: { [parts] in await parts.toolSet(of: $0, for: $1) },
      configuration: parts.configuration, folders: parts.folders, time: parts.time, logger: parts.logger, runs: self)
  }
}

extension Engine: RunStopping {
  func stop(_ runs: [RunID], of tenant: TenantID) {
    for run in runs {
      parts.registry.stop(run, .abort)
      parts.peers.notify(.abort(tenant, run))
    }
  }
}
