import ClawCore
import ClawJSON
import ClawStore
import Logging

/// What the steps of a run share; a class, since it is handed from step to step.
final class EngineParts: Sendable {
  let store: Store
  let models: any ModelCatalog
  private let tools: any ToolSource
  let configuration: EngineConfiguration
  let redactors: any RedactorSource
  /// Nil where nothing can be sealed.
  let secrets: (any SecretVault)?
  /// The other nodes; they know nothing of what only this one can see.
  let peers: Peers
  let hub: EventHub
  let registry: RunRegistry
  let transcripts: TranscriptCache
  let acceptRules: AcceptBatch.Rules
  let budgets: BudgetGate
  let media: MediaStore
  /// Nil leaves the making of folders to others.
  let folders: (any AgentFolders)?
  let time: TimeSource
  let zones: ZoneFileLibrary
  let logger: Logger
  let access: StoreAccessService
  /// Wakes the ``RemovalWorker`` when something was deleted that still has rows.
  let removals: LaneSignal
  /// Tasks that may outlive whoever waits for them.
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

  /// The tools that an agent may use, for whoever it acts for. What a model is shown and what may run come from here
  /// alone.
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

  /// A run has ended: tells those who wait for it, once its last event is shown.
  func ended(_ outcome: RunOutcome, in address: SessionAddress) {
    let registry = registry
    hub.whenShown(address) { registry.ended(outcome, in: address) }
  }

  /// What must not be shown of a run in a tenant. Waits while the store is out of reach.
  func redactor(for tenant: TenantID) async throws -> SecretRedactor {
    try await persistently { try await redactors.redactor(for: tenant) }
  }

  /// The models of a tenant. Waits while the store is out of reach, where they have to be read.
  func models(of tenant: TenantID) async throws -> any ModelService {
    try await persistently { try await models.models(of: tenant) }
  }

  /// Tries again for as long as the store is out of reach.
  /// - Parameter run: What the body writes for: a drain does not wait for it while the store takes nothing.
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
