import ClawCore
import ClawJSON

/// The outcome of a run that is to be sent to an address.
public struct OutboxEntry: Sendable, Hashable {
  public let session: SessionID
  public let run: RunID
  public let replyTo: ReplyAddress
  public let state: RunState
  /// The answer, or what there was of it.
  public let content: String
  public let failure: RunFailure?

  public init(
    session: SessionID, run: RunID, replyTo: ReplyAddress, state: RunState, content: String, failure: RunFailure?
  ) {
    self.session = session
    self.run = run
    self.replyTo = replyTo
    self.state = state
    self.content = content
    self.failure = failure
  }
}

/// Outcomes that are still to be sent. A row is added in the transaction that ends the run, so that there is one for each
/// end and none for any other.
public struct OutboxRepository {
  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO outbox (tenant_id, run_id, session_id, reply_to, body, created_at)
    VALUES ($1, $2, $3, $4, $5, $6)
    """)
  private static let address = TenantStatement(
    "SELECT session_id, reply_to FROM runs WHERE tenant_id = $1 AND id = $2 AND reply_to IS NOT NULL")
  private static let oldest = TenantStatement(
    """
    SELECT session_id, run_id, reply_to, body FROM outbox
    WHERE tenant_id = $1 ORDER BY created_at, run_id LIMIT $2
    """)
  private static let remove = TenantStatement(
    "DELETE FROM outbox WHERE tenant_id = $1 AND session_id = $2 AND run_id = $3")

  /// Adds the outcome of a run that ends, if the run has an address.
  public func add(
    _ run: RunID, as state: RunState, content: String, failure: RunFailure?, at time: Timestamp
  ) throws {
    // As it is kept, so that whoever can't read it passes it on all the same.
    let address = try transaction.query(Self.address, .id(run)) { row -> (session: SessionID, text: String) in
      (row.id(0), row.text(1))
    }.first
    guard let address else { return }
    var body: JSONObject = ["state": .string(state.rawValue), "content": .string(content)]
    body["failure"] = failure.map { .string($0.stored) }
    try transaction.executePipelined(
      Self.insert, .id(run), .id(address.session), .text(address.text),
      .text(JSONValue.object(NewerFormat.object(body)).serializedString()), .time(time))
  }

  /// What was added first, at most so much. What can't be read is left out.
  public func oldest(limit: Int) throws -> [OutboxEntry] {
    try transaction.query(Self.oldest, .int(limit)) { row -> OutboxEntry? in
      guard let address = ReplyAddress(stored: row.text(2)), let body = try? JSONValue(parsing: row.text(3)),
        let state = body["state"]?.stringValue.flatMap(RunState.init(rawValue:))
      else { return nil }
      return OutboxEntry(
        session: row.id(0), run: row.id(1), replyTo: address, state: state, content: body["content"]?.stringValue ?? "",
        failure: body["failure"]?.stringValue.map(RunFailure.init(stored:)))
    }.compactMap(\.self)
  }

  /// It was sent, or never will be.
  public func remove(_ entry: OutboxEntry) throws {
    try transaction.execute(Self.remove, .id(entry.session), .id(entry.run))
  }
}

extension ReplyAddress {
  /// The text under which it is kept.
  var stored: String {
    JSONValue.object(NewerFormat.object(["v": .integer(Int64(version)), "to": value])).serializedString()
  }

  /// Nil if the text is none.
  init?(stored text: String) {
    guard let object = try? JSONValue(parsing: text), let version = object["v"]?.intValue, let value = object["to"]
    else { return nil }
    self.init(version: version, value: value)
  }
}

extension TenantTransaction {
  public var outbox: OutboxRepository { OutboxRepository(transaction: self) }
}
