import ClawCore
import ClawJSON
import ClawStore
import Logging

/// Dependencies shared by the steps of a run; a class, since it is passed from step to step.
final class EngineParts: Sendable {
  let store: Store
  let models: any ModelCatalog
  private let tools: any ToolSource
  let configuration: EngineConfiguration
  let redactors: any RedactorSource
  /// Nil if nothing can be sealed.
  let secrets: (any SecretVault)?
  /// The other nodes, which don't see this node's memory.
  let peers: Peers
  let hub: EventHub
  let registry: RunRegistry
  let transcripts: TranscriptCache
  let acceptRules: AcceptBatch.Rules
  let budgets: BudgetGate
  let media: MediaStore
  /// Nil if others create the folders.
  let folders: (any AgentFolders)?
  let time: TimeSource
  let zones: ZoneFileLibrary
  let logger: Logger
  let access: StoreAccessService
  /// Wakes the ``RemovalWorker`` when a deleted object still has rows.
  let removals: LaneSignal
  /// Tasks that may outlive their callers.
  let work = DetachedWork()

  init(
    store: Store, models: any ModelCatalog, tools: any ToolSource, configuration: EngineConfiguration,
    folders: (any AgentFolders)?, peers: Peers, time: TimeSource,
    zones: ZoneFileLibrary, logger: Logger, access: StoreAccessService, redactors: any RedactorSource,
    secrets: (any SecretVault)?
  ) {
    self.store = store
    self.models = models
    self.tools = tools
    self.configuration = configuration
    self.redactors = redactors
    self.secrets = secrets
    self.peers = peers
    hub = EventHub(peers: store.isExclusive ? nil : peers)
    registry = RunRegistry()
    transcripts = TranscriptCache()
    acceptRules = AcceptBatch.Rules(
      rateLimit: RateLimit(perMinute: configuration.rateLimitPerMinute, burst: configuration.rateLimitBurst),
      maxQueued: configuration.maxQueuedPerSession, idempotencyRetention: configuration.idempotencyRetention,
      agents: AgentCache(), candidates: { models.candidates(of: $0) })
    budgets = BudgetGate(store: store, memory: configuration.access.memory)
    let removals = LaneSignal()
    self.removals = removals
    media = MediaStore(store: store, configuration: configuration.media, time: time) { removals.signal() }
    self.folders = folders
    self.time = time
    self.zones = zones
    self.logger = logger
    self.access = access
  }

  /// The tools that an agent may use for the principal it acts for. Both the tools shown to a model and those that may
  /// run come only from here.
  func toolSet(of agent: Agent, for actor: Principal) async -> ToolSet {
    let workspace = configuration.workspaces.workspace(of: agent, for: actor.user, in: actor.tenant)
    let scope = ToolScope(actor: actor, agent: agent.key, workspace: workspace)
    let set = await tools.tools(for: scope)
    for refusal in set.refusals {
      logger.warning(
        "tool.refused",
        metadata: ["tool": "\(refusal.name)", "tenant": "\(actor.tenant)", "reason": "\(refusal.reason)"])
    }
    return set.allowed(by: scope.policy)
  }

  /// Notifies the waiters of a run that has ended, once its last event is delivered.
  func ended(_ outcome: RunOutcome, in address: SessionAddress) {
    let registry = registry
    hub.afterDelivery(address) { registry.ended(outcome, in: address) }
  }

  /// The secrets to redact from a tenant's runs. Waits while the store is out of reach.
  func redactor(for tenant: TenantID) async throws -> SecretRedactor {
    try await persistently { try await redactors.redactor(for: tenant) }
  }

  /// The models of a tenant. Waits while they have to be read and the store is out of reach.
  func models(of tenant: TenantID) async throws -> any ModelService {
    try await persistently { try await models.models(of: tenant) }
  }

  /// Retries for as long as the store is out of reach.
  /// - Parameter run: The run that the body writes for: a drain does not wait for it while the store rejects writes.
  func persistently<T: Sendable>(of run: RunID? = nil, _ body: @Sendable () async throws -> T) async throws -> T {
    var delay = Duration.milliseconds(50)
    var waited = Duration.zero
    defer { if let run, waited >= configuration.outageTimeout { registry.setStuck(false, run) } }
    var isNoted = false
    while true {
      do {
        return try await body()
      } catch let error as ClawError where error.isOutage {
        if !isNoted { logger.warning("store.unavailable", metadata: ["error": "\(error)"]) }
        isNoted = true
        try await Task.sleep(for: delay)
        waited += delay
        if let run, waited >= configuration.outageTimeout { registry.setStuck(true, run) }
        delay = min(delay * 2, .seconds(2))
      }
    }
  }
}
