import ClawCore
import Synchronization

/// Cached agents by version. Callers read the version from the store, so no stale agent is ever returned.
public final class AgentCache: Sendable {
  private static let maxAgents = 256
  private let agents = Mutex<[AgentVersion: Agent]>([:])

  public init() {}

  func agent(_ version: AgentVersion) -> Agent? { agents.withLock { $0[version] } }

  func put(_ agent: Agent) {
    agents.withLock { agents in
      // Old versions are never requested again; agents in use are cached again with their next message.
      if agents.count >= Self.maxAgents { agents.removeAll(keepingCapacity: true) }
      agents[AgentVersion(of: agent)] = agent
    }
  }
}
