import ClawCore
import Synchronization

/// Agents as they were last read, each by its version: whoever asks has that from the store, so that nothing old is
/// ever found.
public final class AgentCache: Sendable {
  private static let maxAgents = 256
  private let agents = Mutex<[AgentVersion: Agent]>([:])

  public init() {}

  func agent(_ version: AgentVersion) -> Agent? { agents.withLock { $0[version] } }

  func put(_ agent: Agent) {
    agents.withLock { agents in
      // Old versions are never asked for again; agents in use come back with their next message.
      if agents.count >= Self.maxAgents { agents.removeAll(keepingCapacity: true) }
      agents[AgentVersion(of: agent)] = agent
    }
  }
}
