import ClawCore
import ClawJSON

/// The outcome of a run, to be delivered to an address.
public struct OutboxEntry: Sendable, Hashable {
  public let session: SessionID
  public let run: RunID
  public let replyTo: ReplyAddress
  public let state: RunState
  /// The answer, or as much of it as there was.
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

/// Outcomes yet to be delivered. A row is added in the transaction that ends the run, so there is exactly one per end.
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

  /// Adds the outcome of a run that ends, if the run has a reply address.
  public func add(
    _ run: RunID, as state: RunState, content: String, failure: RunFailure?, at time: Timestamp
  ) throws {
    // Copied in stored form, so that a node that can't decode it passes it on unchanged.
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

  /// The oldest entries, at most `limit`. Entries that can't be decoded are left out.
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

  /// It was delivered, or never will be.
  public func remove(_ entry: OutboxEntry) throws {
    try transaction.execute(Self.remove, .id(entry.session), .id(entry.run))
  }
}

extension ReplyAddress {
  /// The stored text.
  var stored: String {
    JSONValue.object(NewerFormat.object(["v": .integer(Int64(version)), "to": value])).serializedString()
  }

  /// Nil if the text is not an address.
  init?(stored text: String) {
    guard let object = try? JSONValue(parsing: text), let version = object["v"]?.intValue, let value = object["to"]
    else { return nil }
    self.init(version: version, value: value)
  }
}

extension TenantTransaction {
  public var outbox: OutboxRepository { OutboxRepository(transaction: self) }
}
