import ClawCore

/// The counters of a session; they belong to its key and never decrease.
public struct SessionCounters: Sendable, Hashable {
  public let id: SessionID
  public let lastMessageSeq: Int64
  public let windowStartSeq: Int64
  public let headSeq: Int64
  public let oldestSeq: Int64
  public let resumeSeq: Int64
  /// False if the session was deleted and not written to since.
  public let exists: Bool
  /// Its queued and running runs.
  public let pending: Int
}

/// The session was deleted or erased; nothing more can be written to it.
public struct SessionGone: Error {}

/// Sessions and their message and event counters.
public struct SessionRepository {
  let transaction: TenantTransaction

  private static let counters = TenantStatement(
    """
    SELECT id, last_message_seq, window_start_seq, head_seq, oldest_seq, resume_seq, created_at, pending
    FROM sessions WHERE tenant_id = $1 AND user_id = $2 AND key = $3
    """)
  private static let touch = TenantStatement(
    """
    INSERT INTO sessions
      (tenant_id, id, user_id, key, agent_key, label, channel, model, message_count, last_message_seq,
       window_start_seq, input_tokens, output_tokens, head_seq, oldest_seq, resume_seq, created_at, updated_at,
       pending, is_ephemeral)
    VALUES ($1, $2, $3, $4, $5, '', $6, '', $7, $7, 1, 0, 0, $9 + $10, $9 + 1, $9, $8, $8, $11, $12)
    ON CONFLICT (tenant_id, user_id, key) DO UPDATE SET
      message_count = sessions.message_count + $7,
      last_message_seq = sessions.last_message_seq + $7,
      head_seq = sessions.head_seq + CASE WHEN sessions.pending = 0 THEN $10 ELSE 0 END,
      pending = sessions.pending + $11,
      is_ephemeral =
        CASE WHEN (sessions.created_at = 0 OR $12 = 0) THEN excluded.is_ephemeral ELSE sessions.is_ephemeral END,
      channel = CASE WHEN sessions.created_at = 0 THEN excluded.channel ELSE sessions.channel END,
      created_at = CASE WHEN sessions.created_at = 0 THEN excluded.created_at ELSE sessions.created_at END,
      updated_at = excluded.updated_at
    RETURNING id, last_message_seq, window_start_seq, head_seq, oldest_seq, resume_seq, created_at, pending,
      (SELECT id || ':' || updated_at FROM agents WHERE tenant_id = $1 AND key = $5), is_ephemeral
    """)
  private static let advance = TenantStatement(
    """
    UPDATE sessions SET
      message_count = message_count + $3,
      last_message_seq = last_message_seq + $3,
      head_seq = head_seq + $4,
      resume_seq = CASE WHEN $5 = 1 THEN head_seq + $4 ELSE resume_seq END,
      input_tokens = input_tokens + $6,
      output_tokens = output_tokens + $7,
      model = CASE WHEN $8 = '' THEN model ELSE $8 END,
      pending = pending - $9,
      updated_at = $10
    WHERE tenant_id = $1 AND id = $2
    RETURNING last_message_seq, head_seq, pending
    """)
  /// As `advance` soon after the last change: avoids updating the indexes, which include the time.
  private static let advanceAgain = TenantStatement(
    """
    UPDATE sessions SET
      message_count = message_count + $3,
      last_message_seq = last_message_seq + $3,
      head_seq = head_seq + $4,
      resume_seq = CASE WHEN $5 = 1 THEN head_seq + $4 ELSE resume_seq END,
      input_tokens = input_tokens + $6,
      output_tokens = output_tokens + $7,
      model = CASE WHEN $8 = '' THEN model ELSE $8 END,
      pending = pending - $9
    WHERE tenant_id = $1 AND id = $2
    RETURNING last_message_seq, head_seq, pending
    """)
  /// As `advance` for events alone: avoids updating the indexes, which include the time.
  private static let advanceEvents = TenantStatement(
    """
    UPDATE sessions SET head_seq = head_seq + $3
    WHERE tenant_id = $1 AND id = $2
    RETURNING last_message_seq, head_seq, pending
    """)
  private static let moveWindow = TenantStatement(
    "UPDATE sessions SET window_start_seq = $3 WHERE tenant_id = $1 AND id = $2 AND window_start_seq < $3")
  private static let setLabel = TenantStatement(
    """
    UPDATE sessions SET label = $4, updated_at = $5
    WHERE tenant_id = $1 AND user_id = $2 AND key = $3 AND created_at > 0
    """)
  private static let reset = TenantStatement(
    """
    UPDATE sessions SET
      id = $3, label = '', model = '', message_count = 0, input_tokens = 0, output_tokens = 0,
      window_start_seq = last_message_seq + 1, oldest_seq = head_seq + 1, resume_seq = head_seq, created_at = 0,
      pending = 0
    WHERE tenant_id = $1 AND id = $2
    """)
  private static let jump = TenantStatement(
    """
    UPDATE sessions SET head_seq = head_seq + $2, oldest_seq = head_seq + $2 + 1, resume_seq = head_seq + $2
    WHERE tenant_id = $1
    """)
  private static let setOldest = TenantStatement(
    "UPDATE sessions SET oldest_seq = $3 WHERE tenant_id = $1 AND id = $2 AND oldest_seq < $3")
  private static let count = TenantStatement(
    """
    SELECT COUNT(*) FROM sessions WHERE tenant_id = $1 AND created_at > 0 AND is_ephemeral = 0
      AND ($2 = '' OR user_id = $2)
    """)
  private static let withEvents = TenantStatement(
    """
    SELECT id, oldest_seq,
      (SELECT created_at FROM events
       WHERE tenant_id = $1 AND session_id = sessions.id AND seq >= sessions.oldest_seq ORDER BY seq LIMIT 1)
    FROM sessions
    WHERE tenant_id = $1 AND id > $2 AND head_seq >= oldest_seq ORDER BY id LIMIT $3
    """)

  private static let heads = TenantStatement(
    "SELECT user_id, key, head_seq FROM sessions WHERE tenant_id = $1 AND updated_at >= $2")
  private static let headsRunning = TenantStatement(
    """
    SELECT sessions.user_id, sessions.key, sessions.head_seq
    FROM work_queue CROSS JOIN sessions
    WHERE work_queue.tenant_id = $1 AND work_queue.owner > ''
      AND sessions.tenant_id = $1 AND sessions.id = work_queue.mailbox
    """)

  /// Last event numbers of sessions changed at `time` or later. Events alone do not count as a change: sessions with
  /// running runs are found by ``headsRunning()``.
  public func heads(changedSince time: Timestamp) throws -> [(address: SessionAddress, head: Int64)] {
    try transaction.query(Self.heads, .time(time), read: head(from:))
  }

  /// Last event numbers of sessions with running runs.
  public func headsRunning() throws -> [(address: SessionAddress, head: Int64)] {
    try transaction.query(Self.headsRunning, read: head(from:))
  }

  private func head(from row: any SQLRow) -> (address: SessionAddress, head: Int64) {
    (SessionAddress(tenant: transaction.tenant, user: row.id(0), key: row.id(1)), row.integer(2))
  }

  public func counters(of address: SessionAddress) throws -> SessionCounters? {
    try transaction.query(Self.counters, .id(address.user), .id(address.key), read: Self.counters(from:)).first
  }

  /// Numbers reserved for new messages.
  public struct Reservation: Sendable {
    public let counters: SessionCounters
    /// The current version of the session's agent; nil if there is no such agent.
    public let agentVersion: AgentVersion?
    public let isEphemeral: Bool
  }

  /// Reserves numbers for new messages, and creates the session if there is none.
  /// - Parameters:
  ///   - eventBase: The number after which a new session's events begin.
  ///   - runs: Number of runs that come with them.
  ///   - isEphemeral: Whether a new session is ephemeral and not listed. A kept session stays kept, and an ephemeral
  ///     one becomes kept by a message that is to be kept.
  ///   - startEvents: Events to reserve too, if nothing of the session was pending before.
  ///   - then: Receives the reservation; see ``DatabaseConnection/queryPipelined(_:_:_:then:)``.
  func reserveMessages(
    _ count: Int, in address: SessionAddress, newID: SessionID, channel: String, eventBase: Int64 = 0, runs: Int = 0,
    startEvents: Int = 0, isEphemeral: Bool = false, at time: Timestamp, then: @escaping (Reservation) throws -> Void
  ) throws {
    try transaction.queryPipelined(
      Self.touch,
      [
        .id(newID), .id(address.user), .id(address.key), .id(address.key.agentKey), .text(channel), .int(count),
        .time(time), .integer(eventBase), .int(startEvents), .int(runs), .bool(isEphemeral),
      ]
    ) { row in
      Reservation(
        counters: Self.counters(from: row), agentVersion: row.optionalText(8).map(AgentVersion.init),
        isEphemeral: row.int(9) == 1)
    } then: { rows in
      guard let reservation = rows.first else { throw ClawError(.internalError, "a session could not be made") }
      try then(reservation)
    }
  }

  /// What a step of a run adds to its session.
  public struct Step: Sendable {
    public var messages: Int
    public var events: Int
    /// Whether the transcript now contains everything that the events so far report.
    public var isInTranscript: Bool
    public var usage: TokenUsage
    public var model: String
    /// Number of runs that end with it.
    public var endedRuns: Int
    /// Number of runs that it queues.
    public var newRuns: Int

    public init(
      messages: Int = 0, events: Int, isInTranscript: Bool, usage: TokenUsage = TokenUsage(), model: String = "",
      endedRuns: Int = 0, newRuns: Int = 0
    ) {
      self.messages = messages
      self.events = events
      self.isInTranscript = isInTranscript
      self.usage = usage
      self.model = model
      self.endedRuns = endedRuns
      self.newRuns = newRuns
    }
  }

  /// The counters of a session after a step.
  public struct SessionPosition: Sendable {
    public let lastMessage: Int64
    public let lastEvent: Int64
    /// Number of runs still queued or running.
    public let pending: Int
  }

  /// Advances the counters. If there is no such session, this or a later statement throws ``SessionGone``.
  /// - Parameters:
  ///   - time: When; nil leaves the time of the last change as it is, which is cheaper.
  ///   - meanwhile: Changes that belong to the session, whose row is locked from here on.
  ///   - then: Receives the new counters; see ``DatabaseConnection/queryPipelined(_:_:_:then:)``.
  func advance(
    _ session: SessionID, by step: Step, at time: Timestamp?, meanwhile: () throws -> Void,
    then: @escaping (SessionPosition) throws -> Void
  ) throws {
    let (statement, parameters) = Self.advance(session, by: step, at: time)
    try transaction.queryPipelined(statement, parameters, read: Self.numbers(from:), meanwhile: meanwhile) {
      try then(Self.only($0))
    }
  }

  /// Advances the counters and waits for their new values.
  /// - Throws: ``SessionGone`` if there is no such session.
  public func advance(_ session: SessionID, by step: Step, at time: Timestamp?) throws -> SessionPosition {
    let (statement, parameters) = Self.advance(session, by: step, at: time)
    return try Self.only(try transaction.query(statement, parameters, read: Self.numbers(from:)))
  }

  private static func advance(
    _ session: SessionID, by step: Step, at time: Timestamp?
  ) -> (TenantStatement, [SQLValue]) {
    guard step.messages > 0 || step.isInTranscript || step.endedRuns > 0 else {
      return (advanceEvents, [.id(session), .int(step.events)])
    }
    let parameters: [SQLValue] = [
      .id(session), .int(step.messages), .int(step.events), .bool(step.isInTranscript), .int(step.usage.inputTokens),
      .int(step.usage.outputTokens), .text(step.model), .int(step.endedRuns - step.newRuns),
    ]
    guard let time else { return (advanceAgain, parameters) }
    return (advance, parameters + [.time(time)])
  }

  private static func only(_ numbers: [SessionPosition]) throws -> SessionPosition {
    guard let numbers = numbers.first else { throw SessionGone() }
    return numbers
  }

  public func moveWindow(of session: SessionID, to seq: Int64) throws {
    try transaction.executePipelined(Self.moveWindow, .id(session), .integer(seq))
  }

  /// False if there is no such session.
  public func setLabel(_ label: String, of address: SessionAddress, at time: Timestamp) throws -> Bool {
    try transaction.execute(Self.setLabel, .id(address.user), .id(address.key), .text(label), .time(time)) == 1
  }

  /// Clears everything but the counters, which continue under a new ID: content of the old one is no longer visible.
  /// - Returns: The rows still to be removed. Record it in the same transaction.
  public func reset(_ session: SessionID, as newID: SessionID) throws -> Removal {
    try transaction.execute(Self.reset, .id(session), .id(newID))
    return Removal(.session, session.rawValue, of: transaction.tenant)
  }

  /// Advances the event counters of all sessions, so that no number that a power failure may have rolled back is used
  /// twice.
  public func jumpAhead(by distance: Int64) throws {
    try transaction.execute(Self.jump, .integer(distance))
  }

  public func setOldest(_ seq: Int64, of session: SessionID) throws {
    try transaction.execute(Self.setOldest, .id(session), .integer(seq))
  }

  /// Number of sessions of a user, or of the tenant if `user` is nil; ephemeral ones are not counted.
  public func count(of user: UserID?) throws -> Int {
    try transaction.query(Self.count, .text(user?.rawValue ?? "")) { $0.int(0) }.first ?? 0
  }

  /// A session with events.
  public struct Logged: Sendable {
    public let id: SessionID
    public let oldestSeq: Int64
    /// When its oldest event was logged; nil if that event no longer exists.
    public let oldestAt: Timestamp?
  }

  /// Sessions with events, in pages by ID.
  public func withEvents(after id: SessionID?, limit: Int) throws -> [Logged] {
    try transaction.query(Self.withEvents, .text(id?.rawValue ?? ""), .int(limit)) { row in
      Logged(id: row.id(0), oldestSeq: row.integer(1), oldestAt: row.isNull(2) ? nil : row.time(2))
    }
  }

  static func counters(from row: any SQLRow) -> SessionCounters {
    SessionCounters(
      id: row.id(0), lastMessageSeq: row.integer(1), windowStartSeq: row.integer(2), headSeq: row.integer(3),
      oldestSeq: row.integer(4), resumeSeq: row.integer(5), exists: row.integer(6) > 0, pending: row.int(7))
  }

  private static func numbers(from row: any SQLRow) -> SessionPosition {
    SessionPosition(lastMessage: row.integer(0), lastEvent: row.integer(1), pending: row.int(2))
  }
}

extension TenantTransaction {
  public var sessions: SessionRepository { SessionRepository(transaction: self) }
}
