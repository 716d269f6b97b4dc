import ClawCore
import ClawJSON

/// The event log, which all watchers read.
public struct EventRepository {
  let transaction: TenantTransaction

  private static let insert = TenantStatement(
    """
    INSERT INTO events (tenant_id, session_id, seq, run_id, type, body, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7)
    """
  ).repeated()
  private static let after = TenantStatement(
    """
    SELECT seq, run_id, type, body, created_at FROM events
    WHERE tenant_id = $1 AND session_id = $2 AND seq > $3 ORDER BY seq LIMIT $4
    """)
  private static let firstSince = TenantStatement(
    """
    SELECT MIN(seq) FROM events
    WHERE tenant_id = $1 AND session_id = $2 AND seq > $3 AND created_at >= $4
    """)
  private static let removeEverything = TenantStatement("DELETE FROM events WHERE tenant_id = $1")
  private static let removeBelow = TenantStatement(
    "DELETE FROM events WHERE tenant_id = $1 AND session_id = $2 AND seq < $3")
  private static let ages = TenantStatement(
    """
    SELECT seq, created_at FROM events
    WHERE tenant_id = $1 AND session_id = $2 AND seq >= $3 ORDER BY seq LIMIT $4
    """)

  public func add(_ events: [RunEvent], to session: SessionID) throws {
    try transaction.insertPipelined(
      Self.insert,
      rows: events.map { event in
        let (type, body) = event.body.stored
        return [
          .id(session), .integer(event.seq), .id(event.run), .text(type), .text(body.serializedString()),
          .time(event.at),
        ]
      })
  }

  /// Events with `seq > after`, at most `limit`.
  public func events(
    of session: SessionID, at address: SessionAddress, after seq: Int64, limit: Int
  ) throws -> [RunEvent] {
    try transaction.query(Self.after, .id(session), .integer(seq), .int(limit)) { row in
      RunEvent(
        address: address, seq: row.integer(0), run: row.id(1), at: row.time(4),
        // A corrupt row reads as one unknown event and does not end the log.
        body: RunEvent.Body(type: row.text(2), stored: (try? JSONValue(parsing: row.text(3))) ?? .null))
    }
  }

  /// The first event with `seq > after` that was written at `time` or later.
  public func first(of session: SessionID, after seq: Int64, since time: Timestamp) throws -> Int64? {
    try transaction.query(Self.firstSince, .id(session), .integer(seq), .time(time)) {
      $0.isNull(0) ? nil : $0.integer(0)
    }.first ?? nil
  }

  /// Removes the events of all sessions.
  public func removeEverything() throws {
    try transaction.execute(Self.removeEverything)
  }

  /// Removes events older than `cutoff`, at most `limit`, starting at `oldest`; returns the oldest that is left.
  public func removeExpired(
    of session: SessionID, from oldest: Int64, cutoff: Timestamp, limit: Int
  ) throws -> Int64 {
    let ages = try transaction.query(Self.ages, .id(session), .integer(oldest), .int(limit)) {
      ($0.integer(0), $0.time(1))
    }
    let expired = ages.prefix { $0.1 < cutoff }
    guard let last = expired.last else { return oldest }
    try transaction.sessionLocks.lock(session)
    try transaction.execute(Self.removeBelow, .id(session), .integer(last.0 + 1))
    return last.0 + 1
  }
}

extension TenantTransaction {
  public var events: EventRepository { EventRepository(transaction: self) }
}
