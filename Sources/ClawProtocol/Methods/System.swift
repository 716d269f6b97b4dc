import ClawJSON

/// Whether the process listens.
public enum Health: Method {
  public static let name = "health"
  public static let role = MethodRole.any
  public static let summary = "Says that the gateway listens."
  public typealias Params = NoParams

  public struct Result: Codable, Sendable {
    public var status: String
    public var `protocol`: Int
    public init() {
      status = "ok"
      self.protocol = ProtocolVersion.current
    }
  }
}

/// How the gateway is.
public enum Status: Method {
  public static let name = "status"
  public static let role = MethodRole.viewer
  public static let summary = "Says how the gateway is: agents, lanes, channels, uptime."
  public typealias Params = NoParams

  public struct Result: Codable, Sendable {
    public var version: String
    public var `protocol`: Int
    public var uptimeMs: Int64
    public var store: String
    public var node: String
    public var clients: Int
    public var sessions: Int
    public var agents: [AgentInfo]
    public var lanes: UTF8Dictionary<LaneInfo>
    public var channels: [ChannelInfo]

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

  public struct AgentInfo: Codable, Sendable {
    public var id: String
    public var name: String
    public var model: String
    public var provider: String
    public var isRunning: Bool
    public init(id: String, name: String, model: String, provider: String, isRunning: Bool) {
      self.id = id
      self.name = name
      self.model = model
      self.provider = provider
      self.isRunning = isRunning
    }
  }

  public struct LaneInfo: Codable, Sendable {
    public var running: Int
    public var queued: Int
    public var limit: Int
    public init(running: Int, queued: Int, limit: Int) {
      self.running = running
      self.queued = queued
      self.limit = limit
    }
  }

  public struct ChannelInfo: Codable, Sendable {
    public var name: String
    public var type: String
    public var state: String
    public init(name: String, type: String, state: String) {
      self.name = name
      self.type = type
      self.state = state
    }
  }
}

/// One agent.
public enum AgentGet: Method {
  public static let name = "agent"
  public static let role = MethodRole.viewer
  public static let summary = "Describes one agent."

  public struct Params: Codable, Sendable {
    public var agentId: String?
    public init(agentId: String? = nil) { self.agentId = agentId }
  }

  public struct Result: Codable, Sendable {
    public var id: String
    public var name: String
    public var description: String
    public var emoji: String
    public var model: String
    public var provider: String
    public var type: String
    public var isRunning: Bool
    public var tools: [String]

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

/// What the providers offer.
public enum ModelsList: Method {
  public static let name = "models.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists the models of the configured providers, and the providers that failed to answer."

  public struct Params: Codable, Sendable {
    public var provider: String?
    public init(provider: String? = nil) { self.provider = provider }
  }

  public struct Result: Codable, Sendable {
    public var models: [Model]
    public var errors: [Failure]
    public init(models: [Model], errors: [Failure]) {
      self.models = models
      self.errors = errors
    }
  }

  public struct Model: Codable, Sendable {
    public var id: String
    public var provider: String
    public var name: String
    public var contextWindow: Int?
    public var isDefault: Bool
    public init(id: String, provider: String, name: String, contextWindow: Int?, isDefault: Bool) {
      self.id = id
      self.provider = provider
      self.name = name
      self.contextWindow = contextWindow
      self.isDefault = isDefault
    }
  }

  public struct Failure: Codable, Sendable {
    public var provider: String
    public var message: String
    public init(provider: String, message: String) {
      self.provider = provider
      self.message = message
    }
  }
}
