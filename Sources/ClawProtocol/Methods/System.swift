import ClawJSON

/// `health`: answers as soon as the process listens, without a look at the store.
public enum Health: Method {
  public static let name = "health"
  public static let role = MethodRole.any
  public static let summary = "Says that the gateway listens."
  public typealias Params = NoParams

  /// Told to everybody, and asked of nothing but the process itself.
  public struct Result: Codable, Sendable {
    /// Always `ok`; `GET /ready` says whether the store is there, too.
    public var status: String
    /// The version that the server speaks: 3.
    public var `protocol`: Int
    /// The one answer there is.
    public init() {
      status = "ok"
      self.protocol = ProtocolVersion.current
    }
  }
}

/// `status`: version, load and agents, as the node that answers sees them.
public enum Status: Method {
  public static let name = "status"
  public static let role = MethodRole.viewer
  public static let summary = "Says how the gateway is: agents, lanes, channels, uptime."
  public typealias Params = NoParams

  /// The node that answers, and what of the installation the caller may see.
  public struct Result: Codable, Sendable {
    /// The version of the program.
    public var version: String
    /// The version that the server speaks: 3.
    public var `protocol`: Int
    /// Milliseconds since this node started.
    public var uptimeMs: Int64
    /// `sqlite` or `postgres`.
    public var store: String
    /// The id of the node that answers, as its log has it.
    public var node: String
    /// Authenticated connections to this node: the tenant's for admins, else the caller's own.
    public var clients: Int
    /// Stored sessions: the tenant's for admins, else the caller's own.
    public var sessions: Int
    /// The tenant's agents.
    public var agents: [AgentInfo]
    /// How busy this node is, by lane: `main`, `subagent`, `cron`.
    public var lanes: UTF8Dictionary<LaneInfo>
    /// Connections to chat platforms; empty while there are none.
    public var channels: [ChannelInfo]

    /// The answer, with the version of the protocol filled in.
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
    /// The key by which requests name it.
    public var id: String
    /// What people call it.
    public var name: String
    /// The model that is asked first, without its provider.
    public var model: String
    /// The configured provider of ``model``.
    public var provider: String
    /// Whether a run of it is under way on any node.
    public var isRunning: Bool
    /// The agent as it is stored, with the state of its runs.
    public init(id: String, name: String, model: String, provider: String, isRunning: Bool) {
      self.id = id
      self.name = name
      self.model = model
      self.provider = provider
      self.isRunning = isRunning
    }
  }

  /// How full one lane is; see contract section 7.
  public struct LaneInfo: Codable, Sendable {
    /// Runs under way on this node.
    public var running: Int
    /// Runs that wait for a place, on any node.
    public var queued: Int
    /// Runs that wait for a decision, another run or a date; they take no place. Nil from servers that do not tell.
    public var waiting: Int?
    /// The most that run at once on this node.
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
    /// What its operator calls it.
    public var name: String
    /// The platform, such as `telegram`.
    public var type: String
    /// Whether it is connected, in one word.
    public var state: String
    /// The channel as it is configured, with its state.
    public init(name: String, type: String, state: String) {
      self.name = name
      self.type = type
      self.state = state
    }
  }
}

/// `agent`: an agent with its model and tools; the prompt is shown by `agents.list`, to admins.
public enum AgentGet: Method {
  public static let name = "agent"
  public static let role = MethodRole.viewer
  public static let summary = "Describes one agent."

  /// The agent to describe.
  public struct Params: Codable, Sendable {
    /// `default` if left out; an unknown one is NOT_FOUND.
    public var agentId: String?
    /// The default agent, unless told otherwise.
    public init(agentId: String? = nil) { self.agentId = agentId }
  }

  /// The agent as everybody may see it.
  public struct Result: Codable, Sendable {
    /// The key by which requests name it.
    public var id: String
    /// What people call it.
    public var name: String
    /// What it is for; may be empty.
    public var description: String
    /// Its picture in lists; may be empty.
    public var emoji: String
    /// The model that is asked first, without its provider.
    public var model: String
    /// The configured provider of ``model``.
    public var provider: String
    /// Always `open`.
    public var type: String
    /// Whether a run of it is under way on any node.
    public var isRunning: Bool
    /// Names of the tools that the model is shown, sorted.
    public var tools: [String]

    /// The agent as it is stored, with its model and tools resolved.
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

/// `models.list`: what the configured providers have. One that fails is named and holds up no other.
public enum ModelsList: Method {
  public static let name = "models.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists the models of the configured providers, and the providers that failed to answer."

  /// Of which provider.
  public struct Params: Codable, Sendable {
    /// The name of a configured provider; all of them if left out.
    public var provider: String?
    /// All providers, unless told otherwise.
    public init(provider: String? = nil) { self.provider = provider }
  }

  /// What the providers said; they are asked side by side, 5 s each, and remembered for 5 min.
  public struct Result: Codable, Sendable {
    /// By provider, in the order in which they are configured.
    public var models: [Model]
    /// The providers that did not answer; the rest are listed all the same.
    public var errors: [Failure]
    /// What was found, and what was not.
    public init(models: [Model], errors: [Failure]) {
      self.models = models
      self.errors = errors
    }
  }

  /// A model that can be asked.
  public struct Model: Codable, Sendable {
    /// What `chat.send` takes as `model`: `provider/model`.
    public var id: String
    /// The configured provider.
    public var provider: String
    /// What the provider calls it for people.
    public var name: String
    /// Tokens that fit into one call; left out where nobody says.
    public var contextWindow: Int?
    /// Whether it is asked where neither request nor agent names one.
    public var isDefault: Bool
    /// The model as its provider described it.
    public init(id: String, provider: String, name: String, contextWindow: Int?, isDefault: Bool) {
      self.id = id
      self.provider = provider
      self.name = name
      self.contextWindow = contextWindow
      self.isDefault = isDefault
    }
  }

  /// A provider that did not answer.
  public struct Failure: Codable, Sendable {
    /// The configured provider.
    public var provider: String
    /// Why, in a sentence without secrets.
    public var message: String
    /// The provider and the reason.
    public init(provider: String, message: String) {
      self.provider = provider
      self.message = message
    }
  }
}
