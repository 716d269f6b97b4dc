import ClawCore
import ClawJSON
import ClawStore
import Logging

/// The agents of a tenant and their folders.
struct StoreAgentService: AgentService {
  let store: Store
  let models: any ModelCatalog
  /// The tools that an agent may use for the principal it acts for.
  let tools: @Sendable (Agent, Principal) async -> ToolSet
  let configuration: EngineConfiguration
  /// Nil if others create the folders.
  let folders: (any AgentFolders)?
  let time: TimeSource
  let logger: Logger
  let runs: any RunStopping

  func list(as principal: Principal) async throws -> [AgentDescription] {
    let (agents, running) = try await store.tenant(principal.tenant).read { transaction in
      (try transaction.agents.all(), try transaction.runs.runningAgents())
    }
    return agents.map { describe($0, isRunning: running.contains($0.key)) }
  }

  func agent(_ key: AgentKey, as principal: Principal) async throws -> AgentDescription {
    let (agent, running) = try await store.tenant(principal.tenant).read { transaction in
      (try transaction.agents.agent(key), try transaction.runs.runningAgents())
    }
    guard let agent else { throw Self.agentNotFound(key) }
    let tools = await tools(agent, principal)
    return describe(agent, isRunning: running.contains(agent.key), tools: tools.specs.map(\.name))
  }

  private func describe(_ agent: Agent, isRunning: Bool, tools: [String] = []) -> AgentDescription {
    AgentDescription(
      agent: agent, model: models.candidates(of: agent).first ?? models.standard, isRunning: isRunning, tools: tools)
  }

  func create(_ draft: AgentDraft, as principal: Principal) async throws -> Agent {
    let rules = try await rules(for: principal)
    await rules.lookUp(draft.models)
    let key = try draft.key ?? AgentRules.key(from: draft.name)
    let now = time.now
    let agent = Agent(
      id: .generate(at: now), key: key, name: try AgentRules.name(draft.name),
      summary: try AgentRules.summary(draft.summary), emoji: try AgentRules.emoji(draft.emoji),
      models: try rules.models(draft.models), prompt: try AgentRules.prompt(draft.prompt),
      folder: try draft.workspace.map(rules.folder)
        ?? configuration.workspaces.agentFolder(of: key, in: principal.tenant),
      createdAt: now, updatedAt: now)
    try await store.tenant(principal.tenant).write { transaction in
      guard try transaction.agents.all().count < AgentRepository.maxListed else {
        throw ClawError(
          .failedPrecondition, "there are \(AgentRepository.maxListed) agents already; delete one first")
      }
      guard try transaction.agents.add(agent) else {
        throw ClawError(.alreadyExists, "agent already exists: \(key)")
      }
    }
    await makeFolder(of: agent)
    return agent
  }

  func update(_ key: AgentKey, _ change: AgentChange, as principal: Principal) async throws -> Agent {
    let rules = try await rules(for: principal)
    await rules.lookUp((change.models ?? []) + (change.firstModel.map { [$0] } ?? []))
    let now = time.now
    let (old, new) = try await store.tenant(principal.tenant).write { transaction -> (Agent, Agent) in
      guard let old = try transaction.agents.agent(key) else { throw Self.agentNotFound(key) }
      var new = try rules.apply(change, to: old)
      new.updatedAt = now
      guard try transaction.agents.update(new) else { throw Self.agentNotFound(key) }
      return (old, new)
    }
    if new.folder != old.folder { await makeFolder(of: new) }
    return new
  }

  func remove(_ key: AgentKey, deletingFiles: Bool, as principal: Principal) async throws -> Bool {
    guard key != .standard else {
      throw ClawError(.invalidRequest, "agent \(key) answers where none is named; it can't be deleted")
    }
    let (agent, stopped) = try await store.tenant(principal.tenant).write { transaction -> (Agent, [RunID]) in
      guard let agent = try transaction.agents.agent(key), try transaction.agents.remove(agent.id) else {
        throw Self.agentNotFound(key)
      }
      // Queued runs fail when they start, since their agent is gone.
      let running = try transaction.runs.running(of: key)
      try transaction.sessionLocks.lock(try running.compactMap { try transaction.runs.header(of: $0)?.session })
      for run in running { _ = try transaction.runs.requestAbort(run) }
      transaction.afterCommit { runs.stop(running, of: principal.tenant) }
      return (agent, running)
    }
    await runs.waitBriefly(for: stopped, as: principal)
    let own = configuration.workspaces.agentFolder(of: key, in: principal.tenant)
    guard deletingFiles, agent.folder == own, let folders else { return false }
    do {
      return try await folders.remove(own.path)
    } catch {
      logger.warning("agent.folder_not_removed", metadata: ["agent": "\(key)", "error": "\(error)"])
      return false
    }
  }

  /// An agent without a folder can still answer; a tool that needs the folder reports the error.
  func makeFolder(of agent: Agent) async {
    do {
      try await folders?.make(agent.folder.path)
    } catch {
      logger.warning("agent.folder_not_made", metadata: ["agent": "\(agent.key)", "error": "\(error)"])
    }
  }

  private func rules(for principal: Principal) async throws -> AgentRules {
    let isOperator = principal.credential == .gatewayToken || principal.credential == .system
    return AgentRules(
      models: try await models.models(of: principal.tenant),
      workspaces: configuration.workspaces.folder(of: principal.tenant),
      namesAnyFolder: isOperator && principal.tenant == .standard)
  }

  private static func agentNotFound(_ key: AgentKey) -> ClawError {
    ClawError(.notFound, "agent not found: \(key)")
  }
}
