import ClawCore

/// Runs that wait for a decision, a child or a date. However many there are, no claim and no count of what waits for its
/// turn reads them: they are in an index of their own, by the time at which they go on whatever happens.
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

  /// A run whose time to wait is over.
  public struct Parked: Sendable, Hashable {
    public let tenant: TenantID
    public let run: RunID
    public let mailbox: SessionID
  }

  /// Gives a run up until somebody wakes it, or until its time has come. Holding the session's row, ``promote(_:)`` has
  /// to follow: what waits behind it goes on.
  /// - Returns: false if the lease was lost.
  public func park(_ lease: Lease, until time: Timestamp) throws -> Bool {
    try node.execute(Self.park, .id(lease.run), .integer(lease.fence), .time(time)) == 1
  }

  /// Puts a parked run back into its place in the mailbox. Holding the session's row.
  /// - Returns: false if it is not parked.
  public func wake(_ run: RunID, in mailbox: SessionID) throws -> Bool {
    guard try node.execute(Self.wake, .id(run)) == 1 else { return false }
    try promote(mailbox)
    return true
  }

  /// Runs of a lane that have waited long enough, at most `limit`.
  public func dueParked(_ lane: Lane, now: Timestamp, limit: Int) throws -> [Parked] {
    try node.query(Self.dueParked, .text(lane.rawValue), .time(now), .int(limit)) { row in
      Parked(tenant: row.id(0), run: row.id(1), mailbox: row.id(2))
    }
  }

  /// Parked runs, by lane; of a lane with more than ``maxCounted``, that many.
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
