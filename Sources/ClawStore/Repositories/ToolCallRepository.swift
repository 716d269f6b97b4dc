import ClawCore
import ClawJSON

/// Tool calls and their states. They are kept after their run, as its timeline, and are removed with its session.
public struct ToolCallRepository {
  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO tool_calls
      (tenant_id, session_id, run_id, round, call_id, position, name, arguments, sealed, key_id, effect, state,
       waits_for, wait_until, decided_by, asked_at, decided_at, started_at, ended_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'asked', '', 0, '', $12, 0, 0, 0)
    ON CONFLICT (tenant_id, session_id, run_id, round, call_id) DO NOTHING
    """
  ).repeated()
  /// IDs per statement about several calls; padded by repeating one.
  private static let idsAtOnce = 16
  private static let start = TenantStatement(
    """
    UPDATE tool_calls SET state = 'started', started_at = $5
    WHERE tenant_id = $1 AND session_id = $2 AND run_id = $3 AND round = $4
      AND call_id IN ($6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
    """)
  private static let close = TenantStatement(
    """
    UPDATE tool_calls SET state = $5, started_at = CASE WHEN started_at = 0 THEN $6 ELSE started_at END,
      ended_at = $7, sealed = NULL, key_id = NULL, answer = NULL
    WHERE tenant_id = $1 AND session_id = $2 AND run_id = $3 AND round = $4
      AND call_id IN ($8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)
    """)
  private static let wait = TenantStatement(
    """
    UPDATE tool_calls SET state = 'waiting', waits_for = $6, wait_until = $7,
      started_at = CASE WHEN started_at = 0 THEN $8 ELSE started_at END
    WHERE tenant_id = $1 AND session_id = $2 AND run_id = $3 AND round = $4 AND call_id = $5 AND ended_at = 0
    """)
  private static let decide = TenantStatement(
    """
    UPDATE tool_calls SET state = $6, decided_by = $7, decided_at = $8, answer = $9
    WHERE tenant_id = $1 AND session_id = $2 AND run_id = $3 AND round = $4 AND call_id = $5 AND state = 'waiting'
    """)
  private static let interrupt = TenantStatement(
    """
    UPDATE tool_calls SET state = 'interrupted', ended_at = $4, sealed = NULL, key_id = NULL, answer = NULL
    WHERE tenant_id = $1 AND session_id = $2 AND run_id = $3 AND ended_at = 0
    """)
  private static let ofRun = TenantStatement(
    """
    SELECT run_id, round, call_id, name, arguments, sealed, effect, state, decided_by, asked_at, decided_at, started_at,
      ended_at, waits_for, wait_until, answer
    FROM tool_calls WHERE tenant_id = $1 AND session_id = $2 AND run_id = $3 AND ended_at <= $4
    ORDER BY round, position
    """)
  private static let sealedByOthers = TenantStatement(
    """
    SELECT session_id, run_id, round, call_id, sealed FROM tool_calls
    WHERE tenant_id = $1 AND sealed IS NOT NULL AND key_id <> $2
      AND (session_id, run_id, round, call_id) > ($3, $4, $5, $6)
    ORDER BY session_id, run_id, round, call_id LIMIT $7
    """)
  private static let reseal = TenantStatement(
    """
    UPDATE tool_calls SET sealed = $6, key_id = $7
    WHERE tenant_id = $1 AND session_id = $2 AND run_id = $3 AND round = $4 AND call_id = $5 AND sealed IS NOT NULL
    """)

  /// Stores the calls of a round, pipelined.
  public func add(
    _ calls: [NewToolCall], round: Int, of run: RunID, in session: SessionID, at time: Timestamp
  ) throws {
    try transaction.insertPipelined(
      Self.insert,
      rows: calls.enumerated().map { position, call in
        [
          .id(session), .id(run), .int(round), .text(call.id), .int(position), .text(call.name),
          .text(call.arguments.serializedString()), .optional(call.sealed),
          .optional(call.sealed.map(SealingKeys.keyID(of:))), .text(call.effect.rawValue), .time(time),
        ]
      })
  }

  /// Records, pipelined, that some tools of a round are about to run.
  public func start(_ ids: [String], round: Int, of run: RunID, in session: SessionID, at time: Timestamp) throws {
    try eachBatch(of: ids) { batch in
      try transaction.executePipelined(
        Self.start, [.id(session), .id(run), .int(round), .time(time)] + batch)
    }
  }

  /// Records, pipelined, the end of some calls of a round.
  /// - Parameter begun: When their tools started, if not recorded yet; nil if they did not run.
  public func close(
    _ ids: [String], as state: ToolCallState, round: Int, of run: RunID, in session: SessionID, begun: Timestamp?,
    at time: Timestamp
  ) throws {
    try eachBatch(of: ids) { batch in
      try transaction.executePipelined(
        Self.close,
        [
          .id(session), .id(run), .int(round), .text(state.rawValue), .integer(begun?.milliseconds ?? 0), .time(time),
        ] + batch)
    }
  }

  /// Records, pipelined, that a call waits.
  /// - Parameter begun: When its tool started, if not recorded yet.
  public func wait(
    _ id: String, for wait: ToolWait, round: Int, of run: RunID, in session: SessionID, begun: Timestamp
  ) throws {
    try transaction.executePipelined(
      Self.wait, .id(session), .id(run), .int(round), .text(id), .text(wait.reason.rawValue), .time(wait.until),
      .time(begun))
  }

  /// Records the decision on a waiting call.
  /// - Parameter answer: The result that the decision gives it; nil if its tool is to run.
  /// - Returns: false if it is not waiting.
  public func decide(
    _ call: ToolCallRecord, as state: ToolCallState, answer: ToolResult?, by user: UserID, in session: SessionID,
    at time: Timestamp
  ) throws -> Bool {
    let answer = answer.map { value -> String in
      let value: JSONValue = ["content": .string(value.content), "error": .bool(value.isError)]
      return value.serializedString()
    }
    return try transaction.execute(
      Self.decide, .id(session), .id(call.run), .int(call.round), .text(call.id), .text(state.rawValue), .id(user),
      .time(time), .optional(answer)) == 1
  }

  /// Marks, pipelined, a run's open calls as interrupted.
  public func interruptOpen(of run: RunID, in session: SessionID, at time: Timestamp) throws {
    try transaction.executePipelined(Self.interrupt, .id(session), .id(run), .time(time))
  }

  /// A run's calls without a result, in order.
  public func open(of run: RunID, in session: SessionID) throws -> [ToolCallRecord] {
    try transaction.query(Self.ofRun, .id(session), .id(run), .integer(0), read: Self.record(from:))
  }

  /// All calls of a run, in order.
  public func all(of run: RunID, in session: SessionID) throws -> [ToolCallRecord] {
    try transaction.query(Self.ofRun, .id(session), .id(run), .integer(.max), read: Self.record(from:))
  }

  /// The position of a call among all of a tenant's.
  public struct Place: Sendable {
    fileprivate let session: SessionID
    fileprivate let run: RunID
    fileprivate let round: Int
    fileprivate let id: String
  }

  /// Reseals arguments sealed with another key, at most ``RowRemoval/batch`` per transaction. Arguments that can't be
  /// opened are left as they are: their call is not run again.
  /// - Parameter last: Where the previous transaction stopped; nil for the first one.
  /// - Returns: How many were resealed, and where to continue; nil at the end.
  public func reseal(with keys: SealingKeys, after last: Place?) throws -> (count: Int, last: Place?) {
    let found = try transaction.query(
      Self.sealedByOthers, .text(keys.current.id), .text(last?.session.rawValue ?? ""), .text(last?.run.rawValue ?? ""),
      .int(last?.round ?? 0), .text(last?.id ?? ""), .int(RowRemoval.batch)
    ) { row in
      (place: Place(session: row.id(0), run: row.id(1), round: row.int(2), id: row.text(3)), sealed: row.text(4))
    }
    var count = 0
    for (place, sealed) in found {
      let whereabouts = SealingContext(ofCall: place.id, round: place.round, run: place.run, in: transaction.tenant)
      guard let text = try? keys.open(sealed, at: whereabouts) else { continue }
      let again = try keys.seal(text, at: whereabouts)
      // A call that has ended meanwhile no longer needs its arguments.
      try transaction.execute(
        Self.reseal, .id(place.session), .id(place.run), .int(place.round), .text(place.id), .text(again),
        .text(keys.current.id))
      count += 1
    }
    return (count, found.count < RowRemoval.batch ? nil : found.last?.place)
  }

  private func eachBatch(of ids: [String], _ body: ([SQLValue]) throws -> Void) throws {
    var rest = ids[...]
    while let first = rest.first {
      let batch = rest.prefix(Self.idsAtOnce)
      rest = rest.dropFirst(Self.idsAtOnce)
      let missing = repeatElement(SQLValue.text(first), count: Self.idsAtOnce - batch.count)
      try body(batch.map { .text($0) } + missing)
    }
  }

  private static func answer(from text: String) throws -> ToolResult {
    let value = try JSONValue(parsing: text)
    return ToolResult(
      content: value["content"]?.stringValue ?? "", isError: value["error"]?.boolValue ?? false)
  }

  private static func record(from row: any SQLRow) throws -> ToolCallRecord {
    func time(_ index: Int32) -> Timestamp? { row.integer(index) == 0 ? nil : row.time(index) }
    return ToolCallRecord(
      run: row.id(0), round: row.int(1), id: row.text(2), name: row.text(3),
      arguments: try JSONValue(parsing: row.text(4)), sealed: row.optionalText(5),
      effect: ToolEffect(rawValue: row.text(6)) ?? .acts, state: ToolCallState(rawValue: row.text(7)) ?? .interrupted,
      wait: WaitReason(rawValue: row.text(13)).map { ToolWait(reason: $0, until: row.time(14)) },
      decidedBy: row.text(8).isEmpty ? nil : row.id(8), answer: try row.optionalText(15).map(answer(from:)),
      askedAt: row.time(9), decidedAt: time(10), startedAt: time(11),
      endedAt: time(12))
  }
}

extension TenantTransaction {
  public var toolCalls: ToolCallRepository { ToolCallRepository(transaction: self) }
}
