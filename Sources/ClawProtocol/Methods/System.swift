import ClawJSON

/// `health`: responds as soon as the process listens, without accessing the store.
public enum Health: Method {
  public static let name = "health"
  public static let role = MethodRole.any
  public static let summary = "Reports that the gateway is listening."
  public typealias Params = NoParams

  /// For every client; depends only on the process itself.
  public struct Result: Codable, Sendable {
    /// Always `ok`; `GET /ready` includes the state of the store.
    public var status: String
    /// The server's protocol version: 3.
    public var `protocol`: Int
    /// The only possible result.
    public init() {
      status = "ok"
      self.protocol = ProtocolVersion.current
    }
  }
}

/// `status`: version, load and agents, as seen by the responding node.
public enum Status: Method {
  public static let name = "status"
  public static let role = MethodRole.viewer
  public static let summary = "Reports agents, lanes, channels and uptime."
  public typealias Params = NoParams

  /// The responding node, and the part of the installation that the caller may see.
  public struct Result: Codable, Sendable {
    /// The version of the program.
    public var version: String
    /// The server's protocol version: 3.
    public var `protocol`: Int
    /// Milliseconds since this node started.
    public var uptimeMs: Int64
    /// `sqlite` or `postgres`.
    public var store: String
    /// The id of the responding node, as in its log.
    public var node: String
    /// Authenticated connections to this node: the tenant's for admins, otherwise the caller's own.
    public var clients: Int
    /// Stored sessions: the tenant's for admins, otherwise the caller's own.
    public var sessions: Int
    /// The tenant's agents.
    public var agents: [AgentInfo]
    /// Load of this node by lane: `main`, `subagent`, `cron`.
    public var lanes: UTF8Dictionary<LaneInfo>
    /// Connections to chat platforms; empty while there are none.
    public var channels: [ChannelInfo]

    /// The result, with the protocol version set.
    public init(
      version: String, uptimeMs: Int64, store: String, node: String, clients: Int, sessions: Int, agents: [AgentInfo],
      lanes: UTF8Dictionary<LaneInfo>, channels: [ChannelInfo]
    ) {
      self.version = version
      self.protocol = ProtocolVersion.current
      self.uptimeMs = uptimeMs
      self.store = store
      self.node = node
      self.clients = clients
      self.sessions = sessions
      self.agents = agents
      self.lanes = lanes
      self.channels = channels
    }
  }

  /// An agent and whether it is busy.
  public struct AgentInfo: Codable, Sendable {
    /// The key that requests use.
    public var id: String
    /// Its display name.
    public var name: String
    /// The model that is tried first, without its provider.
    public var model: String
    /// The configured provider of ``model``.
    public var provider: String
    /// Whether it has a running run on any node.
    public var isRunning: Bool
    /// The stored agent, with the state of its runs.
    public init(id: String, name: String, model: String, provider: String, isRunning: Bool) {
      self.id = id
      self.name = name
      self.model = model
      self.provider = provider
      self.isRunning = isRunning
    }
  }

  /// The load of one lane; see contract section 7.
  public struct LaneInfo: Codable, Sendable {
    /// Running runs of this node.
    public var running: Int
    /// Queued runs, on any node.
    public var queued: Int
    /// Runs that wait for a decision, another run or a date; they occupy no slot. Nil from servers that do not report
    /// it.
    public var waiting: Int?
    /// Maximum number of concurrent runs on this node.
    public var limit: Int
    /// The counts of a lane.
    public init(running: Int, queued: Int, waiting: Int? = nil, limit: Int) {
      self.running = running
      self.queued = queued
      self.waiting = waiting
      self.limit = limit
    }
  }

  /// A connection to a chat platform.
  public struct ChannelInfo: Codable, Sendable {
    /// The name chosen by its operator.
    public var name: String
    /// The platform, such as `telegram`.
    public var type: String
    /// The connection's state, in one word.
    public var state: String
    /// The configured channel, with its state.
    public init(name: String, type: String, state: String) {
      self.name = name
      self.type = type
      self.state = state
    }
  }
}

/// `agent`: an agent with its model and tools; `agents.list` shows the prompt, to admins.
public enum AgentGet: Method {
  public static let name = "agent"
  public static let role = MethodRole.viewer
  public static let summary = "Describes one agent."

  /// The agent to describe.
  public struct Params: Codable, Sendable {
    /// `default` if omitted; an unknown one is NOT_FOUND.
    public var agentId: String?
    /// The default agent by default.
    public init(agentId: String? = nil) { self.agentId = agentId }
  }

  /// The agent as visible to every caller.
  public struct Result: Codable, Sendable {
    /// The key that requests use.
    public var id: String
    /// Its display name.
    public var name: String
    /// Its description; may be empty.
    public var description: String
    /// Its emoji in lists; may be empty.
    public var emoji: String
    /// The model that is tried first, without its provider.
    public var model: String
    /// The configured provider of ``model``.
    public var provider: String
    /// Always `open`.
    public var type: String
    /// Whether it has a running run on any node.
    public var isRunning: Bool
    /// Names of the tools that the model sees, sorted.
    public var tools: [String]

    /// The stored agent, with its model and tools resolved.
    public init(
      id: String, name: String, description: String, emoji: String, model: String, provider: String, type: String,
      isRunning: Bool, tools: [String]
    ) {
      self.id = id
      self.name = name
      self.description = description
      self.emoji = emoji
      self.model = model
      self.provider = provider
      self.type = type
      self.isRunning = isRunning
      self.tools = tools
    }
  }
}

/// `models.list`: the models of the configured providers. A failed provider is reported and delays no other.
public enum ModelsList: Method {
  public static let name = "models.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists the models of the configured providers, and the providers that failed to answer."

  /// Selects a provider.
  public struct Params: Codable, Sendable {
    /// The name of a configured provider; all of them if omitted.
    public var provider: String?
    /// By default all providers.
    public init(provider: String? = nil) { self.provider = provider }
  }

  /// The providers' lists; fetched concurrently, within 5 s each, and cached for 5 min.
  public struct Result: Codable, Sendable {
    /// By provider, in the order of the configuration.
    public var models: [Model]
    /// The providers that did not respond; the others are listed nevertheless.
    public var errors: [Failure]
    /// The models, and the failures.
    public init(models: [Model], errors: [Failure]) {
      self.models = models
      self.errors = errors
    }
  }

  /// A usable model.
  public struct Model: Codable, Sendable {
    /// Accepted by `chat.send` as `model`: `provider/model`.
    public var id: String
    /// The configured provider.
    public var provider: String
    /// The provider's display name.
    public var name: String
    /// Context window in tokens; omitted if unknown.
    public var contextWindow: Int?
    /// Whether it is used if neither request nor agent names one.
    public var isDefault: Bool
    /// The model as described by its provider.
    public init(id: String, provider: String, name: String, contextWindow: Int?, isDefault: Bool) {
      self.id = id
      self.provider = provider
      self.name = name
      self.contextWindow = contextWindow
      self.isDefault = isDefault
    }
  }

  /// A provider that did not respond.
  public struct Failure: Codable, Sendable {
    /// The configured provider.
    public var provider: String
    /// The reason, without secrets.
    public var message: String
    /// The provider and the reason.
    public init(provider: String, message: String) {
      self.provider = provider
      self.message = message
    }
  }
}

extension MethodCatalog {
  /// `health`, `status`, `agent`, `models.list`
  static let system: [any Method.Type] = [Health.self, Status.self, AgentGet.self, ModelsList.self]
}
