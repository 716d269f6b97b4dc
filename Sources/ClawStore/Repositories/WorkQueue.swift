import ClawCore
import Crypto

/// A queue entry that a node has claimed for a while.
public struct Lease: Sendable, Hashable {
  public let tenant: TenantID
  public let run: RunID
  /// Fencing token: increases with each owner, so that writes of an earlier owner are rejected.
  public let fence: Int64

  public init(tenant: TenantID, run: RunID, fence: Int64) {
    self.tenant = tenant
    self.run = run
    self.fence = fence
  }
}

/// Queued and running runs, across tenants and without user content. The rows of one session are its mailbox: only the
/// first may be claimed. Parked rows (see `WorkQueue+Parked.swift`) do not block those behind them, and return to their
/// position when they are woken.
///
/// Times are of the node's own clock. Clock skew is safe, since correctness does not depend on a time: `due_at` is 0
/// for what is to start at once, and the fence rejects writes of a node whose run was claimed by another. A clock that
/// is ahead by more than a lease claims live runs and restarts them; `swiftclaw doctor` reports such a clock. One that
/// was set back claims a dead node's runs later, by as much as it was set back.
public struct WorkQueue {
  let node: NodeTransaction

  private static let insert = NodeStatement(
    """
    INSERT INTO work_queue (id, tenant_id, kind, mailbox, position, lane, due_at, lease_until, owner, fence,
      user_hash, is_head)
    VALUES ($1, $2, 'run', $3, $4, $5, $6, $7, $8, $9, $10,
      CASE WHEN $11 = 1 OR EXISTS (
        SELECT 1 FROM work_queue AS earlier WHERE earlier.mailbox = $3 AND earlier.is_head < 2) THEN 0 ELSE 1 END)
    """
  ).repeated()
  private static let renew = NodeStatement(
    "UPDATE work_queue SET lease_until = $3 WHERE id = $1 AND fence = $2 AND is_head = 1")
  private static let remove = NodeStatement("DELETE FROM work_queue WHERE id = $1 AND fence = $2")
  private static let removeUnowned = NodeStatement("DELETE FROM work_queue WHERE id = $1 AND lease_until < $2")
  private static let mailbox = NodeStatement("SELECT mailbox FROM work_queue WHERE id = $1 AND fence = $2")
  /// Does not touch, and so does not lock, a row that is already the head.
  private static let promote = NodeStatement(
    """
    UPDATE work_queue SET is_head = 1
    WHERE mailbox = $1 AND is_head = 0
      AND position = (SELECT MIN(first.position) FROM work_queue AS first
        WHERE first.mailbox = $1 AND first.is_head = 0)
      AND NOT EXISTS (SELECT 1 FROM work_queue AS head WHERE head.mailbox = $1 AND head.is_head = 1)
    """)
  private static let promoteAll = NodeStatement(
    """
    UPDATE work_queue SET is_head = 1
    WHERE is_head = 0 AND NOT EXISTS (
      SELECT 1 FROM work_queue AS earlier
      WHERE earlier.mailbox = work_queue.mailbox AND earlier.position < work_queue.position AND earlier.is_head = 0)
      AND NOT EXISTS (
        SELECT 1 FROM work_queue AS head WHERE head.mailbox = work_queue.mailbox AND head.is_head = 1)
    """)
  /// By lane, so that the index of the rows behind a head is read and not those of all rows, parked ones included.
  private static let headless = NodeStatement(
    """
    SELECT tenant_id, mailbox FROM work_queue
    WHERE lane = $1 AND is_head = 0 AND NOT EXISTS (
      SELECT 1 FROM work_queue AS other
      WHERE other.mailbox = work_queue.mailbox
        AND (other.is_head = 1 OR (other.is_head = 0 AND other.position < work_queue.position)))
    LIMIT $2
    """)
  private static let removeMailbox = NodeStatement("DELETE FROM work_queue WHERE mailbox = $1")
  private static let release = NodeStatement("UPDATE work_queue SET lease_until = 0 WHERE id = $1 AND fence = $2")
  private static let releaseAll = NodeStatement("UPDATE work_queue SET lease_until = 0 WHERE lease_until > 0")
  private static let head = NodeStatement(
    "SELECT id, lease_until FROM work_queue WHERE mailbox = $1 AND is_head = 1 ORDER BY position LIMIT 1")
  private static let count = NodeStatement("SELECT COUNT(*) FROM work_queue WHERE mailbox = $1")
  private static let waiting = NodeStatement(
    """
    SELECT COUNT(*) FROM (
      SELECT 1 FROM work_queue WHERE lane = $1 AND is_head = 1 AND lease_until < $2
      UNION ALL SELECT 1 FROM work_queue WHERE lane = $1 AND is_head = 0 LIMIT $3) AS counted
    """)
  private static let isClaimable = NodeStatement(
    "SELECT 1 FROM work_queue WHERE is_head = 1 AND lane = $1 AND due_at <= $2 AND lease_until < $2 LIMIT 1")

  /// Adds a run. Adding to or removing from a mailbox requires the lock on the session's row, so that it has exactly
  /// one head at any time.
  /// - Parameters:
  ///   - position: Increases within a mailbox.
  ///   - due: When it may start; nil for now, whatever the clock says later.
  ///   - isBehind: Whether another run of the mailbox is added before it in the same transaction. Rows added together
  ///     are one statement, which does not see its own rows.
  public func add(
    _ run: RunID, of tenant: TenantID, user: UserID, mailbox: SessionID, position: Int64, lane: Lane,
    due: Timestamp? = nil, isBehind: Bool = false
  ) throws {
    try insert(
      run, of: tenant, user: user, mailbox: mailbox, position: position, lane: lane, due: due,
      [.integer(0), .text(""), .integer(0)], isBehind: isBehind)
  }

  /// Adds a run that is the first of its session and starts at once: other nodes never see it unclaimed.
  public func addClaimed(
    _ run: RunID, of tenant: TenantID, user: UserID, mailbox: SessionID, position: Int64, lane: Lane, by owner: NodeID,
    until: Timestamp
  ) throws -> Lease {
    try insert(
      run, of: tenant, user: user, mailbox: mailbox, position: position, lane: lane, due: nil,
      [.time(until), .id(owner), .integer(1)])
    return Lease(tenant: tenant, run: run, fence: 1)
  }

  private func insert(
    _ run: RunID, of tenant: TenantID, user: UserID, mailbox: SessionID, position: Int64, lane: Lane, due: Timestamp?,
    _ lease: [SQLValue], isBehind: Bool = false
  ) throws {
    try node.insertPipelined(
      Self.insert,
      rows: [
        [
          .id(run), .id(tenant), .id(mailbox), .integer(position), .text(lane.rawValue),
          .integer(due?.milliseconds ?? 0),
        ] + lease + [.text(Self.hash(of: user)), .integer(isBehind ? 1 : 0)]
      ])
  }

  /// Renews the lease; false if another node has it, or the run is over.
  public func renew(_ lease: Lease, until: Timestamp) throws -> Bool {
    try node.execute(Self.renew, .id(lease.run), .integer(lease.fence), .time(until)) == 1
  }

  /// As ``renew(_:until:)``, pipelined.
  /// - Parameter lost: Called if another node has the lease, or the run is over; a later statement throws its error.
  func renew(_ lease: Lease, until: Timestamp, orElse lost: @escaping () throws -> Void) throws {
    try node.executePipelined(Self.renew, .id(lease.run), .integer(lease.fence), .time(until)) { changed in
      if changed != 1 { try lost() }
    }
  }

  /// Identifies a user within a tenant: the queue holds no user text.
  static func hash(of user: UserID) -> String {
    SHA256.hash(data: Array(user.rawValue.utf8)).prefix(8).reduce(into: "") { text, byte in
      text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
  }

  /// Removes a run from the queue, if it is there under this lease, and promotes the next one of its mailbox.
  public func remove(_ lease: Lease) throws {
    let mailboxes = try node.query(Self.mailbox, .id(lease.run), .integer(lease.fence)) {
      SessionID(unchecked: $0.text(0))
    }
    try node.execute(Self.remove, .id(lease.run), .integer(lease.fence))
    for mailbox in mailboxes { try promote(mailbox) }
  }

  /// Makes the first run of a mailbox its head. Call it after the head was removed, holding the lock on the session's
  /// row.
  public func promote(_ mailbox: SessionID) throws {
    try node.executePipelined(Self.promote, .id(mailbox))
  }

  /// As ``promote(_:)`` for all mailboxes: repairs mailboxes that lost their head by a bug.
  public func promoteAll() throws {
    try node.execute(Self.promoteAll)
  }

  /// Mailboxes that have lost their head, so that nothing can be claimed.
  public func headless(limit: Int) throws -> [(tenant: TenantID, mailbox: SessionID)] {
    try Lane.allCases.flatMap { lane in
      try node.query(Self.headless, .text(lane.rawValue), .int(limit)) {
        row -> (tenant: TenantID, mailbox: SessionID) in
        (row.id(0), row.id(1))
      }
    }
  }

  /// Removes a run from the queue; the mailbox has no head until ``promote(_:)``. False if the lease was lost.
  public func takeOut(_ lease: Lease) throws -> Bool {
    try node.execute(Self.remove, .id(lease.run), .integer(lease.fence)) == 1
  }

  /// As ``takeOut(_:)``, pipelined. If the lease was lost, a later statement throws `lost`.
  func remove(_ lease: Lease, orThrow lost: any Error) throws {
    try node.executePipelined(Self.remove, .id(lease.run), .integer(lease.fence)) { changed in
      guard changed == 1 else { throw lost }
    }
  }

  /// Removes a run that no node is working on; false if one is, or if the run is not queued. Call ``promote(_:)`` next.
  public func removeUnowned(_ run: RunID, now: Timestamp) throws -> Bool {
    try node.execute(Self.removeUnowned, .id(run), .time(now)) == 1
  }

  /// Removes all queued and running runs of a session; a node that works on one thereby loses its lease.
  public func removeAll(of mailbox: SessionID) throws {
    try node.execute(Self.removeMailbox, .id(mailbox))
  }

  /// Releases a run for other nodes to claim.
  public func release(_ lease: Lease) throws {
    try node.execute(Self.release, .id(lease.run), .integer(lease.fence))
  }

  /// Releases all claims. For the startup of the only process.
  public func releaseAll() throws {
    try node.execute(Self.releaseAll)
  }

  /// The head of a session, and whether a node is working on it. Skips parked runs.
  public func head(of mailbox: SessionID, now: Timestamp) throws -> (run: RunID, isRunning: Bool)? {
    try node.query(Self.head, .id(mailbox)) { row -> (run: RunID, isRunning: Bool) in
      (row.id(0), row.time(1) >= now)
    }.first
  }

  /// Number of queued and running runs of a session.
  public func count(of mailbox: SessionID) throws -> Int {
    try node.query(Self.count, .id(mailbox)) { $0.int(0) }.first ?? 0
  }

  /// Cap on the count of a lane's waiting runs.
  public static let maxCounted = 10_000

  /// Number of waiting runs by lane, capped at ``maxCounted``.
  public func waiting(now: Timestamp, limit: Int = Self.maxCounted) throws -> [Lane: Int] {
    try Lane.allCases.reduce(into: [:]) { result, lane in
      let count = try node.query(Self.waiting, .text(lane.rawValue), .time(now), .int(limit)) { $0.int(0) }.first ?? 0
      if count > 0 { result[lane] = count }
    }
  }

  /// Lanes with claimable runs.
  public func claimableLanes(now: Timestamp) throws -> [Lane] {
    try Lane.allCases.filter { lane in
      try !node.query(Self.isClaimable, .text(lane.rawValue), .time(now)) { $0.int(0) }.isEmpty
    }
  }
}

extension NodeTransaction {
  public var queue: WorkQueue { WorkQueue(node: self) }
}

extension TenantTransaction {
  /// The work queue, which spans tenants.
  public var queue: WorkQueue { WorkQueue(node: node) }
}
