import ClawCore

/// The part of a run that is needed to end it: IDs and counts only, which every version of the program can read.
public struct RunHeader: Sendable, Hashable {
  public let id: RunID
  public let address: SessionAddress
  public let session: SessionID
  /// Nil for a state unknown to this version; such a run has not ended.
  public let state: RunState?
  /// How often it was started.
  public let attempt: Int
  public let iterations: Int
  public let usage: TokenUsage
  public let isAbortRequested: Bool

  public var isOver: Bool { state?.isTerminal ?? false }
}

extension RunRepository {
  private static let headerByID = TenantStatement(
    """
    SELECT id, user_id, session_key, session_id, state, attempt, iterations, input_tokens, output_tokens,
      cached_tokens, abort_requested
    FROM runs WHERE tenant_id = $1 AND id = $2
      AND EXISTS (SELECT 1 FROM sessions WHERE sessions.tenant_id = $1 AND sessions.id = runs.session_id)
    """)
  private static let unfinishedHeaders = TenantStatement(
    """
    SELECT id, user_id, session_key, session_id, state, attempt, iterations, input_tokens, output_tokens,
      cached_tokens, abort_requested
    FROM runs WHERE tenant_id = $1 AND session_id = $2 AND state NOT IN ('completed', 'failed', 'aborted')
    ORDER BY message_seq
    """)
  private static let stored = TenantStatement(
    "SELECT state, lane, source, options, failure FROM runs WHERE tenant_id = $1 AND id = $2")

  public func header(of id: RunID) throws -> RunHeader? {
    try transaction.query(Self.headerByID, .id(id), read: header(from:)).first
  }

  /// The unfinished runs of a session, in order, including those in states unknown to this version.
  public func unfinishedHeaders(of session: SessionID) throws -> [RunHeader] {
    try transaction.query(Self.unfinishedHeaders, .id(session), read: header(from:))
  }

  /// A run's stored row, for logging a run that can't be decoded.
  public func stored(_ id: RunID) throws -> String? {
    try transaction.query(Self.stored, .id(id)) { row in
      "state=\(row.text(0)) lane=\(row.text(1)) source=\(row.text(2)) options=\(row.text(3))"
        + " failure=\(row.optionalText(4) ?? "")"
    }.first
  }

  private func header(from row: any SQLRow) -> RunHeader {
    RunHeader(
      id: row.id(0), address: SessionAddress(tenant: transaction.tenant, user: row.id(1), key: row.id(2)),
      session: row.id(3), state: RunState(rawValue: row.text(4)), attempt: row.int(5), iterations: row.int(6),
      usage: TokenUsage(inputTokens: row.int(7), outputTokens: row.int(8), cachedInputTokens: row.int(9)),
      isAbortRequested: row.bool(10))
  }
}
