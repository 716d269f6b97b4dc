import ClawJSON

/// `sessions.list`: the stored sessions that the caller may see, in pages.
public enum SessionsList: Method {
  public static let name = "sessions.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists sessions, newest first, in pages."

  /// Filters; by default all sessions that the caller may see.
  public struct Params: Codable, Sendable {
    /// Only sessions of this agent.
    public var agentId: String?
    /// Only sessions of this user, for admins.
    public var userId: String?
    /// A substring of the key or the label, case-insensitive.
    public var query: String?
    /// 1 to 200; 50 if omitted.
    public var limit: Int?
    /// ``Result/nextCursor`` of the previous page; anything else is INVALID_REQUEST.
    public var cursor: String?

    /// By default the first page of all sessions.
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

  /// A page, the most recently changed session first.
  public struct Result: Codable, Sendable {
    /// At most `limit` sessions; those of stateless calls are never listed.
    public var sessions: [Session]
    /// Opaque; omitted on the last page.
    public var nextCursor: String?
    /// The last page if there is no cursor.
    public init(sessions: [Session], nextCursor: String?) {
      self.sessions = sessions
      self.nextCursor = nextCursor
    }
  }

  /// A session in a list. Tenant, user and key identify it: two users may have the same key.
  public struct Session: Codable, Sendable {
    /// `agent:{agentId}:{rest}`
    public var key: String
    /// The session's agent.
    public var agentId: String
    /// The session's user.
    public var userId: String
    /// Its label, at most 200 characters; empty if there is none.
    public var label: String
    /// The channel of its first message: `ws`, `http`, `cron` or the name of a channel.
    public var channel: String
    /// Number of rows of the transcript, of all roles.
    public var messageCount: Int64
    /// The model of the last answer, as `provider/model`; empty before the first.
    public var model: String
    /// Input tokens of all its runs.
    public var inputTokens: Int64
    /// Output tokens of all its runs.
    public var outputTokens: Int64
    /// RFC 3339; the time of the first message.
    public var created: String
    /// RFC 3339; the time of the last change.
    public var updated: String
    /// Whether it has a running run on any node.
    public var isRunning: Bool

    /// The stored entry.
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

/// `sessions.delete`: aborts the runs of a session and removes it with all its content.
public enum SessionsDelete: Method {
  public static let name = "sessions.delete"
  public static let role = MethodRole.operator_
  public static let summary = "Aborts a session's runs and removes it with its content."

  /// The session to remove; its runs are aborted first.
  public struct Params: Codable, Sendable {
    /// An unknown one, or another user's, is NOT_FOUND.
    public var key: String
    /// The session's user, for admins; the caller if omitted.
    public var userId: String?
    /// Selects the session to remove.
    public init(key: String, userId: String? = nil) {
      self.key = key
      self.userId = userId
    }
  }

  /// Confirms that messages, runs and events were removed; the key's event counter is kept.
  public typealias Result = OK
}

/// `sessions.label`: sets the display name in lists; the key stays.
public enum SessionsLabel: Method {
  public static let name = "sessions.label"
  public static let role = MethodRole.operator_
  public static let summary = "Gives a session a label of at most 200 characters; an empty one clears it."

  /// The session and its label.
  public struct Params: Codable, Sendable {
    /// An unknown one, or another user's, is NOT_FOUND.
    public var key: String
    /// At most 200 characters; empty clears it.
    public var label: String
    /// The session's user, for admins; the caller if omitted.
    public var userId: String?
    /// Selects the session and sets its label.
    public init(key: String, label: String, userId: String? = nil) {
      self.key = key
      self.label = label
      self.userId = userId
    }
  }

  /// The stored label.
  public struct Result: Codable, Sendable {
    /// Always true; failures are reported as errors.
    public var ok: Bool
    /// The labeled session.
    public var key: String
    /// Empty if it was cleared.
    public var label: String
    /// The result, with `ok` set.
    public init(key: String, label: String) {
      ok = true
      self.key = key
      self.label = label
    }
  }
}

/// `sessions.subscribe`: delivers the events of a session after any number, from any node. It replaces the automatic
/// delivery of that session on this connection.
public enum SessionsSubscribe: Method {
  public static let name = "sessions.subscribe"
  public static let role = MethodRole.viewer
  public static let summary = "Delivers every event of a session after a given number, then the live ones."

  /// The session, and the event after which to start. See contract section 6.
  public struct Params: Codable, Sendable {
    /// May name a session of the caller that does not exist yet.
    public var sessionKey: String
    /// The last event seen; the head of the log if omitted. One that is no longer stored, or beyond the head, is
    /// FAILED_PRECONDITION.
    public var afterSeq: Int64?
    /// The session's user, for admins; the caller if omitted.
    public var userId: String?
    /// By default only new events.
    public init(sessionKey: String, afterSeq: Int64? = nil, userId: String? = nil) {
      self.sessionKey = sessionKey
      self.afterSeq = afterSeq
      self.userId = userId
    }
  }

  /// The state of the log. From here on every event after `afterSeq` is delivered, without gaps or repetitions.
  public struct Result: Codable, Sendable {
    /// The requested session.
    public var sessionKey: String
    /// The last event so far; 0 before the first.
    public var headSeq: Int64
    /// The first event that is still stored; events are kept for at least 24 h.
    public var oldestSeq: Int64
    /// The running run; omitted if there is none.
    public var activeRunId: String?
    /// Read from the same snapshot as the events that follow.
    public init(sessionKey: String, headSeq: Int64, oldestSeq: Int64, activeRunId: String?) {
      self.sessionKey = sessionKey
      self.headSeq = headSeq
      self.oldestSeq = oldestSeq
      self.activeRunId = activeRunId
    }
  }
}

/// `sessions.unsubscribe`: ends a subscription and returns to automatic delivery of the session's events.
public enum SessionsUnsubscribe: Method {
  public static let name = "sessions.unsubscribe"
  public static let role = MethodRole.viewer
  public static let summary = "Ends a subscription; automatic delivery takes over again."

  /// The subscribed session.
  public struct Params: Codable, Sendable {
    /// A session without a subscription is not an error.
    public var sessionKey: String
    /// The session's user, for admins; as in `sessions.subscribe`.
    public var userId: String?
    /// Selects the subscription to end.
    public init(sessionKey: String, userId: String? = nil) {
      self.sessionKey = sessionKey
      self.userId = userId
    }
  }

  /// Confirms the return to automatic delivery.
  public typealias Result = OK
}

extension MethodCatalog {
  /// `sessions.*`
  static let sessions: [any Method.Type] = [
    SessionsList.self, SessionsDelete.self, SessionsLabel.self, SessionsSubscribe.self, SessionsUnsubscribe.self,
  ]
}
