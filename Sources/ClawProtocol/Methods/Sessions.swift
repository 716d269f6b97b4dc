import ClawJSON

/// Lists conversations.
public enum SessionsList: Method {
  public static let name = "sessions.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists sessions, newest first, in pages."

  public struct Params: Codable, Sendable {
    public var agentId: String?
    public var userId: String?
    public var query: String?
    public var limit: Int?
    public var cursor: String?

    public init(
      agentId: String? = nil, userId: String? = nil, query: String? = nil, limit: Int? = nil, cursor: String? = nil
    ) {
      self.agentId = agentId
      self.userId = userId
      self.query = query
      self.limit = limit
      self.cursor = cursor
    }
  }

  public struct Result: Codable, Sendable {
    public var sessions: [Session]
    public var nextCursor: String?
    public init(sessions: [Session], nextCursor: String?) {
      self.sessions = sessions
      self.nextCursor = nextCursor
    }
  }

  public struct Session: Codable, Sendable {
    public var key: String
    public var agentId: String
    public var userId: String
    public var label: String
    public var channel: String
    public var messageCount: Int64
    public var model: String
    public var inputTokens: Int64
    public var outputTokens: Int64
    public var created: String
    public var updated: String
    public var isRunning: Bool

    public init(
      key: String, agentId: String, userId: String, label: String, channel: String, messageCount: Int64,
      model: String, inputTokens: Int64, outputTokens: Int64, created: String, updated: String, isRunning: Bool
    ) {
      self.key = key
      self.agentId = agentId
      self.userId = userId
      self.label = label
      self.channel = channel
      self.messageCount = messageCount
      self.model = model
      self.inputTokens = inputTokens
      self.outputTokens = outputTokens
      self.created = created
      self.updated = updated
      self.isRunning = isRunning
    }
  }
}

/// Removes a conversation.
public enum SessionsDelete: Method {
  public static let name = "sessions.delete"
  public static let role = MethodRole.operator_
  public static let summary = "Stops what runs in a session and removes it with all it holds."

  public struct Params: Codable, Sendable {
    public var key: String
    public var userId: String?
    public init(key: String, userId: String? = nil) {
      self.key = key
      self.userId = userId
    }
  }

  public typealias Result = OK
}

/// Names a conversation.
public enum SessionsLabel: Method {
  public static let name = "sessions.label"
  public static let role = MethodRole.operator_
  public static let summary = "Gives a session a label of at most 200 characters; an empty one clears it."

  public struct Params: Codable, Sendable {
    public var key: String
    public var label: String
    public var userId: String?
    public init(key: String, label: String, userId: String? = nil) {
      self.key = key
      self.label = label
      self.userId = userId
    }
  }

  public struct Result: Codable, Sendable {
    public var ok: Bool
    public var key: String
    public var label: String
    public init(key: String, label: String) {
      ok = true
      self.key = key
      self.label = label
    }
  }
}

/// Watches a conversation from any of its events on.
public enum SessionsSubscribe: Method {
  public static let name = "sessions.subscribe"
  public static let role = MethodRole.viewer
  public static let summary = "Delivers every event of a session after a given number, then the live ones."

  public struct Params: Codable, Sendable {
    public var sessionKey: String
    public var afterSeq: Int64?
    public var userId: String?
    public init(sessionKey: String, afterSeq: Int64? = nil, userId: String? = nil) {
      self.sessionKey = sessionKey
      self.afterSeq = afterSeq
      self.userId = userId
    }
  }

  public struct Result: Codable, Sendable {
    public var sessionKey: String
    public var headSeq: Int64
    public var oldestSeq: Int64
    public var activeRunId: String?
    public init(sessionKey: String, headSeq: Int64, oldestSeq: Int64, activeRunId: String?) {
      self.sessionKey = sessionKey
      self.headSeq = headSeq
      self.oldestSeq = oldestSeq
      self.activeRunId = activeRunId
    }
  }
}

/// Back to automatic delivery.
public enum SessionsUnsubscribe: Method {
  public static let name = "sessions.unsubscribe"
  public static let role = MethodRole.viewer
  public static let summary = "Ends a subscription; automatic delivery takes over again."

  public struct Params: Codable, Sendable {
    public var sessionKey: String
    public var userId: String?
    public init(sessionKey: String, userId: String? = nil) {
      self.sessionKey = sessionKey
      self.userId = userId
    }
  }

  public typealias Result = OK
}
