import ClawCore
import ClawJSON
import ClawProtocol

/// `health`, `status`, `agent`, `models.list`
struct SystemMethods: Sendable {
  let services: ServerServices
  let version: String
  let connections: ConnectionRegistry

  func register(in registry: inout MethodRegistry) {
    registry.register(Health.self) { _, _ in Health.Result() }
    registry.register(Status.self) { _, principal in try await status(as: principal) }
    registry.register(AgentGet.self) { params, principal in
      let key = try ParameterChecks.agent(params.agentId) ?? .standard
      return AgentGet.Result(try await services.agents.agent(key, as: principal))
    }
    registry.register(ModelsList.self) { params, principal in
      let models = try await services.models.models(of: principal.tenant)
      return ModelsList.Result(try await models.list(provider: params.provider))
    }
  }

  private func status(as principal: Principal) async throws -> Status.Result {
    let engine = try await services.status.status(as: principal)
    let agents = try await services.agents.list(as: principal)
    let lanes = engine.lanes.map { lane, status in (lane.rawValue, Status.LaneInfo(status)) }
    return Status.Result(
      version: version, uptimeMs: engine.uptime.milliseconds, store: engine.store, node: engine.node.rawValue,
      clients: connections.count(visibleTo: principal), sessions: engine.sessions,
      agents: agents.map(Status.AgentInfo.init), lanes: UTF8Dictionary(lanes), channels: [])
  }
}
