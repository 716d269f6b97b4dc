import ClawJSON

/// `sessions.list`: the stored conversations that the caller may see, in pages.
public enum SessionsList: Method {
  public static let name = "sessions.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists sessions, newest first, in pages."

  /// Filters; without any all sessions that the caller may see.
  public struct Params: Codable, Sendable {
    /// Only sessions of this agent.
    public var agentId: String?
    /// Only sessions of this user, for admins.
    public var userId: String?
    /// A part of the key or the label, in any case.
    public var query: String?
    /// 1 to 200; 50 if left out.
    public var limit: Int?
    /// ``Result/nextCursor`` of the page before; another text is INVALID_REQUEST.
    public var cursor: String?

    /// The first page of everything, unless told otherwise.
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

  /// A page, the session that changed last at its head.
  public struct Result: Codable, Sendable {
    /// At most `limit` of them; sessions of stateless calls are in no list.
    public var sessions: [Session]
    /// Opaque; left out on the last page.
    public var nextCursor: String?
    /// Without a cursor it is the last page.
    public init(sessions: [Session], nextCursor: String?) {
      self.sessions = sessions
      self.nextCursor = nextCursor
    }
  }

  /// A conversation as it is listed. Tenant, user and key identify it: two users may have the same key.
  public struct Session: Codable, Sendable {
    /// `agent:{agentId}:{rest}`
    public var key: String
    /// The agent that answers in it.
    public var agentId: String
    /// Whose conversation it is.
    public var userId: String
    /// What its user calls it, at most 200 characters; empty without a name.
    public var label: String
    /// How its first message came in: `ws`, `http`, `cron` or the name of a channel.
    public var channel: String
    /// Rows of the transcript, of all roles.
    public var messageCount: Int64
    /// The model of the last answer, as `provider/model`; empty before the first.
    public var model: String
    /// Tokens that models read, over all its runs.
    public var inputTokens: Int64
    /// Tokens that models wrote, over all its runs.
    public var outputTokens: Int64
    /// RFC 3339; the first message.
    public var created: String
    /// RFC 3339; the last change.
    public var updated: String
    /// Whether a run of it is under way on any node.
    public var isRunning: Bool

    /// The entry as it is stored.
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

/// `sessions.delete`: aborts what runs in a session and removes all that it holds.
public enum SessionsDelete: Method {
  public static let name = "sessions.delete"
  public static let role = MethodRole.operator_
  public static let summary = "Stops what runs in a session and removes it with all it holds."

  /// Which conversation; what runs in it is aborted first.
  public struct Params: Codable, Sendable {
    /// An unknown one, or somebody else's, is NOT_FOUND.
    public var key: String
    /// Whose session it is, for admins; the caller's own if left out.
    public var userId: String?
    /// Names the session to remove.
    public init(key: String, userId: String? = nil) {
      self.key = key
      self.userId = userId
    }
  }

  /// Says that messages, runs and events are gone; the key's event counter goes on.
  public typealias Result = OK
}

/// `sessions.label`: the name that people see in a list; the key stays.
public enum SessionsLabel: Method {
  public static let name = "sessions.label"
  public static let role = MethodRole.operator_
  public static let summary = "Gives a session a label of at most 200 characters; an empty one clears it."

  /// Which conversation, and its name.
  public struct Params: Codable, Sendable {
    /// An unknown one, or somebody else's, is NOT_FOUND.
    public var key: String
    /// At most 200 characters; empty takes the name away.
    public var label: String
    /// Whose session it is, for admins; the caller's own if left out.
    public var userId: String?
    /// Names the session and its label.
    public init(key: String, label: String, userId: String? = nil) {
      self.key = key
      self.label = label
      self.userId = userId
    }
  }

  /// The label as it is stored.
  public struct Result: Codable, Sendable {
    /// Always true; an error is answered otherwise.
    public var ok: Bool
    /// The session that was named.
    public var key: String
    /// Empty if it was taken away.
    public var label: String
    /// The answer, with `ok` filled in.
    public init(key: String, label: String) {
      ok = true
      self.key = key
      self.label = label
    }
  }
}

/// `sessions.subscribe`: the events of a session from any number on, on any node. It replaces automatic delivery of
/// that session on this connection.
public enum SessionsSubscribe: Method {
  public static let name = "sessions.subscribe"
  public static let role = MethodRole.viewer
  public static let summary = "Delivers every event of a session after a given number, then the live ones."

  /// Which conversation, and after which event. See contract section 6.
  public struct Params: Codable, Sendable {
    /// May name a session of the caller's that does not exist yet.
    public var sessionKey: String
    /// The last event that was seen; the head of the log if left out. One that is no longer kept, or beyond the head,
    /// is FAILED_PRECONDITION.
    public var afterSeq: Int64?
    /// Whose session it is, for admins; the caller's own if left out.
    public var userId: String?
    /// Only what comes from now on, unless told after which event.
    public init(sessionKey: String, afterSeq: Int64? = nil, userId: String? = nil) {
      self.sessionKey = sessionKey
      self.afterSeq = afterSeq
      self.userId = userId
    }
  }

  /// Where the log stands. From here on every event after `afterSeq` follows, without gap and repeat.
  public struct Result: Codable, Sendable {
    /// The session that was asked for.
    public var sessionKey: String
    /// The last event so far; 0 before the first.
    public var headSeq: Int64
    /// The first event that is still kept, 24 h at least.
    public var oldestSeq: Int64
    /// The run that is under way; left out if there is none.
    public var activeRunId: String?
    /// Read in the same snapshot as the events that follow.
    public init(sessionKey: String, headSeq: Int64, oldestSeq: Int64, activeRunId: String?) {
      self.sessionKey = sessionKey
      self.headSeq = headSeq
      self.oldestSeq = oldestSeq
      self.activeRunId = activeRunId
    }
  }
}

/// `sessions.unsubscribe`: ends a subscription; events of the session come again as they do without one.
public enum SessionsUnsubscribe: Method {
  public static let name = "sessions.unsubscribe"
  public static let role = MethodRole.viewer
  public static let summary = "Ends a subscription; automatic delivery takes over again."

  /// The session that was subscribed to.
  public struct Params: Codable, Sendable {
    /// One that was not subscribed to is no error.
    public var sessionKey: String
    /// Whose session it is, for admins; as in `sessions.subscribe`.
    public var userId: String?
    /// Names the subscription to end.
    public init(sessionKey: String, userId: String? = nil) {
      self.sessionKey = sessionKey
      self.userId = userId
    }
  }

  /// Says that events of the session come as they did before the subscription.
  public typealias Result = OK
}
