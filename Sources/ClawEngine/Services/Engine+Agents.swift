import ClawCore
import ClawStore

extension Engine: AgentService {
  public func list(as principal: Principal) async throws -> [AgentDescription] {
    let (agents, running) = try await parts.store.tenant(principal.tenant).read { transaction in
      (try transaction.agents.all(), try transaction.runs.runningAgents())
    }
    return agents.map { describe($0, isRunning: running.contains($0.key)) }
  }

  public func agent(_ key: AgentKey, as principal: Principal) async throws -> AgentDescription {
    let (agent, running) = try await parts.store.tenant(principal.tenant).read { transaction in
      (try transaction.agents.agent(key), try transaction.runs.runningAgents())
    }
    guard let agent else { throw ClawError(.notFound, "agent not found: \(key)") }
    return describe(agent, isRunning: running.contains(agent.key))
  }

  private func describe(_ agent: Agent, isRunning: Bool) -> AgentDescription {
    AgentDescription(
      agent: agent, model: parts.candidates(for: agent, options: RunOptions()).first ?? parts.models.standard,
      isRunning: isRunning, tools: parts.toolDefinitions.map(\.name))
  }
}
