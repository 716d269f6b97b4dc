/// A page of sessions, newest first.
public struct SessionPage: Sendable {
  public let sessions: [SessionSummary]
  /// Opaque; nil on the last page.
  public let nextCursor: String?

  public init(sessions: [SessionSummary], nextCursor: String?) {
    self.sessions = sessions
    self.nextCursor = nextCursor
  }
}

/// Selects sessions.
public struct SessionQuery: Sendable {
  public var user: UserID?
  public var agent: AgentKey?
  /// Substring of the key or the label, case-insensitive.
  public var text: String?
  /// 1–200.
  public var limit: Int
  public var cursor: String?

  public init(
    user: UserID? = nil, agent: AgentKey? = nil, text: String? = nil, limit: Int = 50, cursor: String? = nil
  ) {
    self.user = user
    self.agent = agent
    self.text = text
    self.limit = limit
    self.cursor = cursor
  }
}

/// Management of sessions.
public protocol SessionService: Sendable {
  /// - Throws: `invalidRequest` for an invalid cursor.
  func list(_ query: SessionQuery, as principal: Principal) async throws -> SessionPage

  /// Aborts a session's runs, then removes it with its messages and events. The event counter of its key is kept.
  /// - Throws: `notFound`.
  func delete(_ session: SessionKey, user: UserID?, as principal: Principal) async throws

  /// Sets a session's label; an empty one clears it. At most 200 characters.
  /// - Throws: `notFound`.
  func label(_ session: SessionKey, user: UserID?, as label: String, by principal: Principal) async throws
}
