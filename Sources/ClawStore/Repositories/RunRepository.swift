import ClawCore
import ClawJSON

/// Runs and their states.
public struct RunRepository {
  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO runs
      (tenant_id, id, session_id, user_id, session_key, agent_key, state, source, lane, options, message_seq,
       attempt, iterations, input_tokens, output_tokens, cached_tokens, stop_reason, model, abort_requested,
       created_at, started_at, ended_at, actor_user, actor, reply_to, parent_id, depth, reserved_tokens)
    VALUES ($1, $2, $3, $4, $5, $6, $12, $7, $8, $9, $10, $13, 0, 0, 0, 0, 'stop', '', 0, $11, $14, 0, $15, $16, $17,
      $18, $19, 0)
    """
  ).repeated()
  /// A run whose session was deleted may still have a row, which must not be visible.
  private static let byID = TenantStatement(
    """
    SELECT id, user_id, session_key, session_id, agent_key, state, source, lane, options, message_seq, answer_seq,
      attempt, iterations, input_tokens, output_tokens, cached_tokens, stop_reason, model, failure, abort_requested,
      started_at, actor_user, actor, reply_to, parent_id, depth
    FROM runs WHERE tenant_id = $1 AND id = $2
      AND EXISTS (SELECT 1 FROM sessions WHERE sessions.tenant_id = $1 AND sessions.id = runs.session_id)
    """)
  private static let unfinished = TenantStatement(
    """
    SELECT id, user_id, session_key, session_id, agent_key, state, source, lane, options, message_seq, answer_seq,
      attempt, iterations, input_tokens, output_tokens, cached_tokens, stop_reason, model, failure, abort_requested,
      started_at, actor_user, actor, reply_to, parent_id, depth
    FROM runs WHERE tenant_id = $1 AND session_id = $2 AND state IN ('queued', 'running', 'waiting')
    ORDER BY message_seq
    """)
  /// IDs per statement about several runs; padded with empty ones, which match no run.
  private static let idsAtOnce = 16
  private static let depth = TenantStatement("SELECT depth FROM runs WHERE tenant_id = $1 AND id = $2")
  private static let start = TenantStatement(
    """
    UPDATE runs SET state = 'running', attempt = attempt + 1, reserved_tokens = 0,
      started_at = CASE WHEN started_at = 0 THEN $3 ELSE started_at END
    WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'running')
    """)
  private static let park = TenantStatement(
    """
    UPDATE runs SET state = 'waiting' WHERE tenant_id = $1 AND id = $2 AND state = 'running' AND abort_requested = 0
    """)
  private static let resume = TenantStatement(
    "UPDATE runs SET state = 'running' WHERE tenant_id = $1 AND id = $2 AND state = 'waiting'")
  private static let noteAttempt = TenantStatement(
    "UPDATE runs SET attempt = $3 WHERE tenant_id = $1 AND id = $2 AND attempt < $3")
  private static let addRound = TenantStatement(
    """
    UPDATE runs SET iterations = iterations + 1, input_tokens = input_tokens + $3,
      output_tokens = output_tokens + $4, cached_tokens = cached_tokens + $5, reserved_tokens = 0
    WHERE tenant_id = $1 AND id = $2
    """)
  private static let end = TenantStatement(
    """
    UPDATE runs SET state = $3, answer_seq = CASE WHEN $4 = 1 THEN (
        SELECT last_message_seq FROM sessions WHERE sessions.tenant_id = $1 AND sessions.id = runs.session_id) END,
      iterations = $5, input_tokens = $6, output_tokens = $7,
      cached_tokens = $8, stop_reason = $9, model = $10, failure = $11, ended_at = $12,
      reserved_tokens = 0
    WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'running', 'waiting')
      AND (abort_requested = 0 OR $3 = 'aborted')
      AND ($13 = 1 OR NOT EXISTS (
        SELECT 1 FROM inbox WHERE inbox.tenant_id = $1 AND inbox.session_id = runs.session_id
          AND inbox.run_id = $2 AND inbox.kind = 'message'))
    """)
  private static let requestAbort = TenantStatement(
    """
    UPDATE runs SET abort_requested = 1
    WHERE tenant_id = $1 AND id = $2 AND state IN ('queued', 'running', 'waiting')
    """)
  private static let toAbort = TenantStatement(
    """
    SELECT id FROM runs
    WHERE tenant_id = $1 AND abort_requested = 1
      AND id IN ($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    """)
  /// - Parameter isStarted: Whether it starts at once instead of being queued.
  /// - Returns: The run before it started, as ``run(_:)`` reads it.
  @discardableResult
  public func add(_ run: NewRun, isStarted: Bool = false, at time: Timestamp) throws -> RunRecord {
    try transaction.insertPipelined(
      Self.insert,
      rows: [
        [
          .id(run.id), .id(run.session), .id(run.address.user), .id(run.address.key), .id(run.address.key.agentKey),
          .text(run.source), .text(run.lane.rawValue), .text(run.options.stored), .integer(run.messageSeq),
          .time(time), .text((isStarted ? RunState.running : .queued).rawValue), .int(isStarted ? 1 : 0),
          .integer(isStarted ? time.milliseconds : 0), .id(run.actor.user), .text(run.actor.stored),
          .optional(run.replyTo?.stored), .optional(run.parent?.rawValue), .int(run.depth),
        ]
      ])
    return RunRecord(
      id: run.id, address: run.address, session: run.session, agent: run.address.key.agentKey, state: .queued,
      source: run.source, lane: run.lane, options: run.options, messageSeq: run.messageSeq, answerSeq: nil, attempt: 0,
      iterations: 0, usage: TokenUsage(), stopReason: .stop, model: "", failure: nil, isAbortRequested: false,
      startedAt: Timestamp(milliseconds: 0), actor: run.actor, replyTo: run.replyTo, parent: run.parent,
      depth: run.depth)
  }

  public func run(_ id: RunID) throws -> RunRecord? {
    try transaction.query(Self.byID, .id(id), read: record(from:)).first
  }

  /// Number of a run's ancestors; nil if there is no such run.
  public func depth(of id: RunID) throws -> Int? {
    try transaction.query(Self.depth, .id(id)) { $0.int(0) }.first
  }

  /// The queued and running runs of a session, in order.
  public func unfinished(of session: SessionID) throws -> [RunRecord] {
    try transaction.query(Self.unfinished, .id(session), read: record(from:))
  }

  /// Queries runs in batches of IDs.
  func query<T>(_ statement: TenantStatement, of runs: [RunID], _ read: (any SQLRow) throws -> T) throws -> [T] {
    var rest = runs[...]
    var found: [T] = []
    while !rest.isEmpty {
      let some = rest.prefix(Self.idsAtOnce).map(\.rawValue)
      let none = [String](repeating: "", count: Self.idsAtOnce - some.count)
      found += try transaction.query(statement, (some + none).map { .text($0) }, read: read)
      rest = rest.dropFirst(some.count)
    }
    return found
  }

  /// Starts a run, or restarts it. False if it is over.
  public func start(_ id: RunID, at time: Timestamp) throws -> Bool {
    try transaction.execute(Self.start, .id(id), .time(time)) == 1
  }

  /// Sets a run to waiting. False if it is over or to be aborted.
  public func park(_ id: RunID) throws -> Bool { try transaction.execute(Self.park, .id(id)) == 1 }

  /// Resumes a waiting run, without a new attempt. False if it is not waiting.
  public func resume(_ id: RunID) throws -> Bool { try transaction.execute(Self.resume, .id(id)) == 1 }

  /// Records an attempt that started within the run, so that one after a crash gets a higher number.
  public func noteAttempt(_ attempt: Int, of id: RunID) throws {
    try transaction.executePipelined(Self.noteAttempt, .id(id), .int(attempt))
  }

  /// Counts a model call that is followed by tool calls.
  public func addRound(_ usage: TokenUsage, to id: RunID) throws {
    try transaction.executePipelined(
      Self.addRound, .id(id), .int(usage.inputTokens), .int(usage.outputTokens), .int(usage.cachedInputTokens))
  }

  /// Ends a run, after its additions to the session are counted there; does nothing if it is over.
  public func end(_ id: RunID, as end: RunEnd, at time: Timestamp) throws {
    try self.end(id, as: end, evenIfUnread: true, at: time, orThrow: nil)
  }

  /// As ``end(_:as:at:)``, pipelined.
  /// - Parameters:
  ///   - evenIfUnread: Whether it may end with unread messages in the inbox.
  ///   - refusal: Error that a later statement throws if the run is over, if its abort was requested and this end is
  ///     another one, or if it has unread messages.
  func end(
    _ id: RunID, as end: RunEnd, evenIfUnread: Bool, at time: Timestamp, orThrow refusal: (any Error)?
  ) throws {
    let failure = end.failure?.stored
    try transaction.executePipelined(
      Self.end, .id(id), .text(end.state.rawValue), .bool(end.hasAnswer), .int(end.iterations),
      .int(end.usage.inputTokens), .int(end.usage.outputTokens), .int(end.usage.cachedInputTokens),
      .text(end.stopReason.rawValue), .text(end.model), .optional(failure), .time(time), .bool(evenIfUnread)
    ) { changed in
      if changed != 1, let refusal { throw refusal }
    }
  }

  /// Requests the abort of a run, on whichever node it is running; false if it is over.
  public func requestAbort(_ id: RunID) throws -> Bool {
    try transaction.execute(Self.requestAbort, .id(id)) == 1
  }

  /// The runs among these whose abort was requested.
  public func toAbort(of runs: [RunID]) throws -> Set<RunID> {
    Set(try query(Self.toAbort, of: runs) { $0.id(0) })
  }

  private func record(from row: any SQLRow) throws -> RunRecord {
    // A state known only to another version belongs to an unfinished run: terminal states are known to all.
    let state = RunState(rawValue: row.text(5)) ?? .running
    let options = Result { try RunOptions(stored: row.text(8)) }
    return RunRecord(
      id: row.id(0), address: SessionAddress(tenant: transaction.tenant, user: row.id(1), key: row.id(2)),
      session: row.id(3), agent: row.id(4), state: state, source: row.text(6),
      lane: Lane(rawValue: row.text(7)) ?? .main,
      // The options of a finished run have no effect, so undecodable ones are ignored.
      options: state.isTerminal ? (try? options.get()) ?? RunOptions() : try options.get(), messageSeq: row.integer(9),
      answerSeq: row.isNull(10) ? nil : row.integer(10), attempt: row.int(11), iterations: row.int(12),
      usage: TokenUsage(inputTokens: row.int(13), outputTokens: row.int(14), cachedInputTokens: row.int(15)),
      stopReason: StopReason(rawValue: row.text(16)) ?? .stop, model: row.text(17),
      failure: row.optionalText(18).map(RunFailure.init(stored:)),
      isAbortRequested: row.bool(19), startedAt: row.time(20),
      actor: RunActor(stored: row.text(22), user: row.id(21)),
      replyTo: row.optionalText(23).flatMap(ReplyAddress.init(stored:)), parent: row.optionalID(24),
      depth: row.int(25))
  }
}

extension TenantTransaction {
  public var runs: RunRepository { RunRepository(transaction: self) }
}
