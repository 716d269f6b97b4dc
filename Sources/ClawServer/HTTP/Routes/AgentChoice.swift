import ClawCore
import ClawJSON

/// Determines the agent and model of a request to an OpenAI-compatible route.
struct AgentChoice: Sendable {
  let services: ServerServices
  let principal: Principal

  struct Result: Sendable {
    let agent: AgentKey
    /// Overrides the agent's model for this run.
    let model: String?
    /// The error if there is no such agent, which is detected only when the message is accepted.
    var unknown: HTTPFailure?
  }

  private static let prefixes = ["swiftclaw:", "goclaw:", "agent:"]

  /// `model` may name an agent, with or without a prefix, or a model. The agent is otherwise that of the session, then
  /// that of the header, then the default agent.
  func choose(model: String?, header: String?, session: SessionKey?) async throws -> Result {
    guard let model, !model.isEmpty else { return Result(agent: try other(header, session), model: nil) }
    if let name = Self.prefixes.lazy.compactMap({ model.droppingPrefix($0) }).first {
      let key = try? AgentKey(validating: String(name))
      guard let key else { throw unknown(model) }
      return Result(agent: try agreed(key, session), model: nil, unknown: unknown(model))
    }
    if let key = try? AgentKey(validating: model), try await exists(key) {
      return Result(agent: try agreed(key, session), model: nil)
    }
    guard try await services.models.models(of: principal.tenant).find(model) != nil else { throw unknown(model) }
    return Result(agent: try other(header, session), model: model)
  }

  private func other(_ header: String?, _ session: SessionKey?) throws -> AgentKey {
    guard let header else { return session?.agentKey ?? .standard }
    return try agreed(try AgentKey(validating: header), session)
  }

  private func agreed(_ agent: AgentKey, _ session: SessionKey?) throws -> AgentKey {
    if let session, session.agentKey != agent {
      throw HTTPFailure.invalid("the session belongs to the agent \(session.agentKey), not to \(agent)", param: "model")
    }
    return agent
  }

  private func exists(_ key: AgentKey) async throws -> Bool {
    do {
      _ = try await services.agents.agent(key, as: principal)
      return true
    } catch let error as ClawError where error.code == .notFound {
      return false
    }
  }

  private func unknown(_ model: String) -> HTTPFailure {
    HTTPFailure(
      ClawError(.notFound, "there is no agent and no model named \(model.prefix(100))"), param: "model",
      openAICode: "model_not_found")
  }
}
