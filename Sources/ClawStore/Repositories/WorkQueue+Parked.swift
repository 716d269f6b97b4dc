import ClawCore

/// Parked runs, which wait for a decision, a child or a date. However many there are, neither claims nor queue counts
/// read them: they are in an index of their own, sorted by their deadline.
extension WorkQueue {
  private static let park = NodeStatement(
    """
    UPDATE work_queue SET is_head = 2, due_at = $3, lease_until = 0, owner = '' WHERE id = $1 AND fence = $2
    """)
  private static let wake = NodeStatement(
    "UPDATE work_queue SET is_head = 0, due_at = 0 WHERE id = $1 AND is_head = 2")
  private static let dueParked = NodeStatement(
    """
    SELECT tenant_id, id, mailbox FROM work_queue WHERE is_head = 2 AND lane = $1 AND due_at <= $2
    ORDER BY due_at LIMIT $3
    """)
  private static let countParked = NodeStatement(
    """
    SELECT COUNT(*) FROM (SELECT 1 FROM work_queue WHERE is_head = 2 AND lane = $1 LIMIT $2) AS counted
    """)
  private static let parkedOf = NodeStatement(
    "SELECT id FROM work_queue WHERE mailbox = $1 AND is_head = 2 ORDER BY position LIMIT 1")

  /// A run whose deadline has passed.
  public struct Parked: Sendable, Hashable {
    public let tenant: TenantID
    public let run: RunID
    public let mailbox: SessionID
  }

  /// Parks a run until it is woken or the deadline passes. Hold the lock on the session's row and call ``promote(_:)``
  /// next, so that the run behind it can start.
  /// - Returns: false if the lease was lost.
  public func park(_ lease: Lease, until time: Timestamp) throws -> Bool {
    try node.execute(Self.park, .id(lease.run), .integer(lease.fence), .time(time)) == 1
  }

  /// Returns a parked run to its position in the mailbox. The caller must hold the lock on the session's row.
  /// - Returns: false if it is not parked.
  public func wake(_ run: RunID, in mailbox: SessionID) throws -> Bool {
    guard try node.execute(Self.wake, .id(run)) == 1 else { return false }
    try promote(mailbox)
    return true
  }

  /// Parked runs of a lane whose deadline has passed, at most `limit`.
  public func dueParked(_ lane: Lane, now: Timestamp, limit: Int) throws -> [Parked] {
    try node.query(Self.dueParked, .text(lane.rawValue), .time(now), .int(limit)) { row in
      Parked(tenant: row.id(0), run: row.id(1), mailbox: row.id(2))
    }
  }

  /// Number of parked runs by lane, capped at ``maxCounted``.
  public func parked(limit: Int = Self.maxCounted) throws -> [Lane: Int] {
    try Lane.allCases.reduce(into: [:]) { result, lane in
      let count = try node.query(Self.countParked, .text(lane.rawValue), .int(limit)) { $0.int(0) }.first ?? 0
      if count > 0 { result[lane] = count }
    }
  }

  /// The first parked run of a session.
  public func parked(in mailbox: SessionID) throws -> RunID? {
    let runs: [RunID] = try node.query(Self.parkedOf, .id(mailbox)) { $0.id(0) }
    return runs.first
  }
}
