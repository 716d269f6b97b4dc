import ClawCore
import ClawJSON

/// A message to a running run that it has not read yet.
public struct InboxEntry: Sendable, Hashable {
  /// The run that the message becomes if its run ends without reading it.
  public let id: RunID
  /// The run that is to read it.
  public let run: RunID
  public let mode: MessageMode
  public let message: UserMessage
  /// The options of its own run, should it become one.
  public let options: RunOptions
  public let source: String
  public let lane: Lane
  public let actor: RunActor
  /// The reply address of its own run.
  public let replyTo: ReplyAddress?

  public init(
    id: RunID, run: RunID, mode: MessageMode, message: UserMessage, options: RunOptions, source: String, lane: Lane,
    actor: RunActor, replyTo: ReplyAddress? = nil
  ) {
    self.replyTo = replyTo
    self.id = id
    self.run = run
    self.mode = mode
    self.message = message
    self.options = options
    self.source = source
    self.lane = lane
    self.actor = actor
  }
}

/// Messages that reach a session while a run is in progress. Rows are inserted and removed, never updated: a run
/// removes them in the transaction that adds them to the transcript, and the transaction that ends it turns those left
/// into runs.
public struct InboxRepository {
  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO inbox (tenant_id, session_id, id, seq, run_id, kind, mode, body, actor_user, actor, created_at)
    VALUES ($1, $2, $3,
      (SELECT COALESCE(MAX(seq), 0) + 1 FROM inbox WHERE tenant_id = $1 AND session_id = $2),
      $4, 'message', $5, $6, $7, $8, $9)
    """)
  private static let entries = TenantStatement(
    """
    SELECT id, run_id, mode, body, actor_user, actor FROM inbox
    WHERE tenant_id = $1 AND session_id = $2 AND run_id = $3 AND kind = 'message' ORDER BY seq, id
    """)
  private static let count = TenantStatement(
    "SELECT COUNT(*) FROM inbox WHERE tenant_id = $1 AND session_id = $2")
  private static let remove = TenantStatement("DELETE FROM inbox WHERE tenant_id = $1 AND session_id = $2 AND id = $3")

  /// Appends an entry. The caller must hold the lock on the session's row, so that the order is that of acceptance.
  public func add(_ entry: InboxEntry, to session: SessionID, at time: Timestamp) throws {
    try transaction.execute(
      Self.insert, .id(session), .id(entry.id), .id(entry.run), .text(entry.mode.rawValue), .text(entry.body),
      .id(entry.actor.user), .text(entry.actor.stored), .time(time))
    try transaction.media.use(TranscriptMessage.Body.user(entry.message).media.map(\.id), in: session)
  }

  /// The messages that a run has not read yet, oldest first.
  public func entries(for run: RunID, in session: SessionID) throws -> [InboxEntry] {
    try transaction.query(Self.entries, .id(session), .id(run)) { row in
      InboxEntry(
        id: row.id(0), run: row.id(1), mode: MessageMode(rawValue: row.text(2)) ?? .steer,
        body: (try? JSONValue(parsing: row.text(3))) ?? .null,
        actor: RunActor(stored: row.text(5), user: row.id(4)))
    }
  }

  /// Number of unread messages of a session.
  public func count(of session: SessionID) throws -> Int {
    try transaction.query(Self.count, .id(session)) { $0.int(0) }.first ?? 0
  }

  public func remove(_ entries: [InboxEntry], of session: SessionID) throws {
    for entry in entries { try transaction.executePipelined(Self.remove, .id(session), .id(entry.id)) }
  }
}

extension InboxEntry {
  /// The stored JSON.
  fileprivate var body: String {
    var value: JSONObject = [
      "message": TranscriptMessage.Body.user(message).stored, "options": .string(options.stored),
      "source": .string(source), "lane": .string(lane.rawValue),
    ]
    value["reply_to"] = replyTo.map { .string($0.stored) }
    return JSONValue.object(NewerFormat.object(value)).serializedString()
  }

  /// Decodes entries of any version, since an undecodable one must not prevent the run from ending.
  fileprivate init(id: RunID, run: RunID, mode: MessageMode, body: JSONValue, actor: RunActor) {
    let said = TranscriptMessage.Body(role: MessageRole.user.rawValue, stored: body["message"] ?? .null)
    var message = UserMessage(parts: [])
    if case .user(let known) = said { message = known }
    self.init(
      id: id, run: run, mode: mode, message: message,
      options: body["options"]?.stringValue.flatMap { try? RunOptions(stored: $0) } ?? RunOptions(),
      source: body["source"]?.stringValue ?? "", lane: body["lane"]?.stringValue.flatMap(Lane.init(rawValue:)) ?? .main,
      actor: actor, replyTo: body["reply_to"]?.stringValue.flatMap(ReplyAddress.init(stored:)))
  }
}

extension TenantTransaction {
  public var inbox: InboxRepository { InboxRepository(transaction: self) }
}
