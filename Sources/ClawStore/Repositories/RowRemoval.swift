import ClawCore

/// Removes the rows of deleted objects in batches.
public struct RowRemoval {
  /// Rows removed per transaction.
  public static let batch = 1000

  let transaction: TenantTransaction

  private static let messagePlace = TenantStatement(
    "SELECT seq FROM messages WHERE tenant_id = $1 AND session_id = $2 ORDER BY seq LIMIT 1 OFFSET $3")
  private static let messages = TenantStatement(
    "DELETE FROM messages WHERE tenant_id = $1 AND session_id = $2 AND seq < $3")
  private static let eventPlace = TenantStatement(
    "SELECT seq FROM events WHERE tenant_id = $1 AND session_id = $2 ORDER BY seq LIMIT 1 OFFSET $3")
  private static let events = TenantStatement(
    "DELETE FROM events WHERE tenant_id = $1 AND session_id = $2 AND seq < $3")
  private static let runPlace = TenantStatement(
    """
    SELECT message_seq FROM runs
    WHERE tenant_id = $1 AND session_id = $2 ORDER BY message_seq LIMIT 1 OFFSET $3
    """)
  private static let toolCalls = TenantStatement(
    """
    DELETE FROM tool_calls WHERE tenant_id = $1 AND session_id = $2 AND (run_id, round, call_id) IN
      (SELECT run_id, round, call_id FROM tool_calls
       WHERE tenant_id = $1 AND session_id = $2 ORDER BY run_id, round, call_id LIMIT $3)
    """)
  private static let outbox = TenantStatement(
    """
    DELETE FROM outbox WHERE tenant_id = $1 AND session_id = $2 AND run_id IN
      (SELECT run_id FROM outbox WHERE tenant_id = $1 AND session_id = $2 ORDER BY run_id LIMIT $3)
    """)
  private static let runs = TenantStatement(
    "DELETE FROM runs WHERE tenant_id = $1 AND session_id = $2 AND message_seq < $3")
  private static let inboxPlace = TenantStatement(
    "SELECT seq FROM inbox WHERE tenant_id = $1 AND session_id = $2 ORDER BY seq LIMIT 1 OFFSET $3")
  private static let inbox = TenantStatement(
    "DELETE FROM inbox WHERE tenant_id = $1 AND session_id = $2 AND seq < $3")
  private static let slotPlace = TenantStatement(
    "SELECT slot_at FROM cron_slots WHERE tenant_id = $1 AND job_id = $2 ORDER BY slot_at LIMIT 1 OFFSET $3")
  private static let slots = TenantStatement(
    "DELETE FROM cron_slots WHERE tenant_id = $1 AND job_id = $2 AND slot_at < $3")

  /// Removes the first batch of rows of a detached object, and records the removal if rows remain.
  /// - Returns: Whether the removal is complete, files included.
  public func begin(_ removal: Removal, at time: Timestamp) throws -> Bool {
    let hasMedia = try removal.kind == .session && transaction.media.hasAny(of: removal.session)
    if try removeRows(removal, at: time) { return !hasMedia }
    try transaction.node.removals.add(removal, at: time)
    return false
  }

  /// Removes a batch of rows of a deleted session or job, or a file that no row refers to.
  /// - Parameter unlink: Removes the file with this digest. No row that refers to it can be added meanwhile.
  /// - Returns: Whether the removal is complete.
  public func continueRemoval(
    _ removal: Removal, at time: Timestamp, unlink: (_ digest: String) throws -> Void
  ) throws -> Bool {
    guard try transaction.node.removals.hold(removal) else { return true }
    if removal.kind == .media {
      if try !transaction.media.isReferred(to: removal.subject) { try unlink(removal.subject) }
    } else {
      guard try removeRows(removal, at: time) else { return false }
    }
    try transaction.node.removals.settle(removal)
    return true
  }

  /// True if nothing is left.
  private func removeRows(_ removal: Removal, at time: Timestamp) throws -> Bool {
    let steps: [(place: TenantStatement, rows: TenantStatement)]
    var left = Self.batch
    switch removal.kind {
    case .session:
      steps = [
        (Self.messagePlace, Self.messages), (Self.eventPlace, Self.events), (Self.inboxPlace, Self.inbox),
        (Self.runPlace, Self.runs),
      ]
    case .job: steps = [(Self.slotPlace, Self.slots)]
    case .user, .tenant, .media:
      throw ClawError(.internalError, "a \(removal.kind.rawValue) has no rows of its own")
    }
    for (place, rows) in steps {
      let end = try transaction.query(place, [.text(removal.subject), .int(left)]) { $0.integer(0) }.first
      left -= try transaction.execute(rows, .text(removal.subject), .integer(end ?? .max))
      if end != nil { return false }
    }
    guard removal.kind == .session else { return true }
    for rows in [Self.toolCalls, Self.outbox] {
      guard left > 0 else { return false }
      left -= try transaction.execute(rows, .text(removal.subject), .int(left))
    }
    guard left > 0 else { return false }
    left -= try transaction.media.removeSome(of: removal.session, limit: left, at: time)
    return left > 0
  }
}

extension Removal {
  fileprivate var session: SessionID { SessionID(unchecked: subject) }
}

extension TenantTransaction {
  public var rowRemoval: RowRemoval { RowRemoval(transaction: self) }
  /// Removals in progress, across tenants.
  public var removals: RemovalTable { node.removals }
}
