import ClawCore
import ClawJSON

/// Transcripts: rows are appended, never updated.
public struct MessageRepository {
  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO messages (tenant_id, session_id, seq, id, run_id, role, body, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    """
  ).repeated()
  private static let from = TenantStatement(
    """
    SELECT seq, id, run_id, body, created_at, role FROM messages
    WHERE tenant_id = $1 AND session_id = $2 AND seq >= $3 ORDER BY seq DESC LIMIT $4
    """)
  private static let window = TenantStatement(
    """
    SELECT seq, id, run_id, body, created_at, role FROM messages
    WHERE tenant_id = $1 AND session_id = $2 AND seq >= $3
      AND (seq <= $4 OR (run_id IS NOT NULL AND (role <> 'user' OR EXISTS (
        SELECT 1 FROM runs
        WHERE runs.tenant_id = $1 AND runs.id = messages.run_id AND runs.message_seq < messages.seq))))
    ORDER BY seq DESC LIMIT $5
    """)
  private static let before = TenantStatement(
    """
    SELECT seq, id, run_id, body, created_at, role FROM messages
    WHERE tenant_id = $1 AND session_id = $2 AND seq < $3 ORDER BY seq DESC LIMIT $4
    """)
  private static let one = TenantStatement(
    """
    SELECT seq, id, run_id, body, created_at, role FROM messages
    WHERE tenant_id = $1 AND session_id = $2 AND seq = $3
    """)

  /// Adds rows. The media that they refer to are assigned to the session.
  public func add(_ messages: [TranscriptMessage], to session: SessionID) throws {
    try transaction.insertPipelined(
      Self.insert,
      rows: messages.map { message in
        [
          .id(session), .integer(message.seq), .id(message.id), .optional(message.run?.rawValue),
          .text(message.role.rawValue),
          .text(message.body.stored.serializedString()), .time(message.createdAt),
        ]
      })
    try transaction.media.use(messages.flatMap { $0.body.media.map(\.id) }, in: session)
  }

  /// The newest rows from `seq` on, at most `limit`, oldest first.
  public func latest(of session: SessionID, from seq: Int64, limit: Int) throws -> [TranscriptMessage] {
    try transaction.query(Self.from, .id(session), .integer(seq), .int(limit), read: Self.message(from:)).reversed()
  }

  /// The rows from `seq` on that belong to the answer to message `asked`, oldest first: at most `limit` of the newest,
  /// and always the message itself. Messages queued behind it are left out, however many; those that the run read while
  /// it was running are included.
  public func window(
    of session: SessionID, from seq: Int64, answering asked: Int64, limit: Int
  ) throws -> [TranscriptMessage] {
    let rows = try transaction.query(
      Self.window, .id(session), .integer(seq), .integer(asked), .int(limit), read: Self.message(from:)
    ).reversed()
    guard !rows.contains(where: { $0.seq == asked }), let message = try message(asked, of: session) else {
      return Array(rows)
    }
    return [message] + rows
  }

  /// The newest rows before `seq`, at most `limit`, oldest first.
  public func page(of session: SessionID, before seq: Int64, limit: Int) throws -> [TranscriptMessage] {
    try transaction.query(Self.before, .id(session), .integer(seq), .int(limit), read: Self.message(from:)).reversed()
  }

  public func message(_ seq: Int64, of session: SessionID) throws -> TranscriptMessage? {
    try transaction.query(Self.one, .id(session), .integer(seq), read: Self.message(from:)).first
  }

  private static func message(from row: any SQLRow) throws -> TranscriptMessage {
    TranscriptMessage(
      seq: row.integer(0), id: row.id(1), run: row.optionalID(2), createdAt: row.time(4),
      body: TranscriptMessage.Body(role: row.text(5), stored: try JSONValue(parsing: row.text(3))))
  }
}

extension TenantTransaction {
  public var messages: MessageRepository { MessageRepository(transaction: self) }
}
