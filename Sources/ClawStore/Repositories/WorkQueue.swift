import ClawCore
import Crypto

/// A place in the queue of work that a node holds for a while.
public struct Lease: Sendable, Hashable {
  public let tenant: TenantID
  public let run: RunID
  /// Grows with each owner; what an earlier owner still writes is refused by it.
  public let fence: Int64

  public init(tenant: TenantID, run: RunID, fence: Int64) {
    self.tenant = tenant
    self.run = run
    self.fence = fence
  }
}

/// Runs that wait or run, across tenants and without content. The rows of one session are its mailbox: the first one
/// alone may be claimed. What is parked (see `WorkQueue+Parked.swift`) is passed by those behind it, and takes its place
/// again once it is woken.
///
/// Times are of the node's own clock. Clocks that differ are safe, since no result rests on a time: `due_at` is 0 for what
/// is to begin at once, and the fence refuses what a node writes whose run was taken by another. A clock that is ahead
/// by more than a lease takes runs that are alive and begins them again; `swiftclaw doctor` tells of such a clock. One
/// that is set back takes up what a dead node has left later, by as much as it was set back.
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
  /// A row that is the head already is left alone, and so not locked.
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
  private static let headless = NodeStatement(
    """
    SELECT DISTINCT tenant_id, mailbox FROM work_queue
    WHERE is_head = 0 AND NOT EXISTS (
      SELECT 1 FROM work_queue AS first WHERE first.mailbox = work_queue.mailbox AND first.is_head = 1)
    LIMIT $1
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

  /// Adds a run. What adds to or removes from a mailbox holds the session's row, so that it has one head at any time.
  /// - Parameters:
  ///   - position: Grows within a mailbox.
  ///   - due: When it may begin; nil for now, whatever the clock says later.
  ///   - isBehind: Whether another run of the mailbox is added before it in the same transaction. Rows that are added
  ///     together are one statement, which does not see its own.
  public func add(
    _ run: RunID, of tenant: TenantID, user: UserID, mailbox: SessionID, position: Int64, lane: Lane,
    due: Timestamp? = nil, isBehind: Bool = false
  ) throws {
    try insert(
      run, of: tenant, user: user, mailbox: mailbox, position: position, lane: lane, due: due,
      [.integer(0), .text(""), .integer(0)], isBehind: isBehind)
  }

  /// Adds a run that is the first of its session and is begun at once: no other node gets to see it unclaimed.
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

  /// Renews the lease; false if it is somebody else's by now, or the run is over.
  public func renew(_ lease: Lease, until: Timestamp) throws -> Bool {
    try node.execute(Self.renew, .id(lease.run), .integer(lease.fence), .time(until)) == 1
  }

  /// As ``renew(_:until:)``, pipelined.
  /// - Parameter lost: Called if it is somebody else's by now, or the run is over; what it throws, a later statement
  ///   throws.
  func renew(_ lease: Lease, until: Timestamp, orElse lost: @escaping () throws -> Void) throws {
    try node.executePipelined(Self.renew, .id(lease.run), .integer(lease.fence), .time(until)) { changed in
      if changed != 1 { try lost() }
    }
  }

  /// Stands for a user within a tenant: the queue holds nothing that a person wrote.
  static func hash(of user: UserID) -> String {
    SHA256.hash(data: Array(user.rawValue.utf8)).prefix(8).reduce(into: "") { text, byte in
      text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }
  }

  /// Takes the run out of the queue, if it is there under this lease, and lets the next one of its mailbox be claimed.
  public func remove(_ lease: Lease) throws {
    let mailboxes = try node.query(Self.mailbox, .id(lease.run), .integer(lease.fence)) {
      SessionID(unchecked: $0.text(0))
    }
    try node.execute(Self.remove, .id(lease.run), .integer(lease.fence))
    for mailbox in mailboxes { try promote(mailbox) }
  }

  /// Lets the first run of a mailbox be claimed. Call it after the first one was removed, holding the session's row.
  public func promote(_ mailbox: SessionID) throws {
    try node.executePipelined(Self.promote, .id(mailbox))
  }

  /// As ``promote(_:)`` for all mailboxes: repairs what a fault may have left without a head.
  public func promoteAll() throws {
    try node.execute(Self.promoteAll)
  }

  /// Mailboxes of which nobody can claim anything, since they have lost their head.
  public func headless(limit: Int) throws -> [(tenant: TenantID, mailbox: SessionID)] {
    try node.query(Self.headless, .int(limit)) { row -> (tenant: TenantID, mailbox: SessionID) in
      (row.id(0), row.id(1))
    }
  }

  /// Takes the run out of the queue; the mailbox has no head until ``promote(_:)``. False if the lease was lost.
  public func takeOut(_ lease: Lease) throws -> Bool {
    try node.execute(Self.remove, .id(lease.run), .integer(lease.fence)) == 1
  }

  /// As ``takeOut(_:)``, pipelined. If the lease was lost, a later statement throws `lost`.
  func remove(_ lease: Lease, orThrow lost: any Error) throws {
    try node.executePipelined(Self.remove, .id(lease.run), .integer(lease.fence)) { changed in
      guard changed == 1 else { throw lost }
    }
  }

  /// Takes a run out that nobody works on; false if somebody does, or if it is gone. ``promote(_:)`` has to follow.
  public func removeUnowned(_ run: RunID, now: Timestamp) throws -> Bool {
    try node.execute(Self.removeUnowned, .id(run), .time(now)) == 1
  }

  /// Takes out all that a session has waiting or running; whoever works on it loses its lease by that.
  public func removeAll(of mailbox: SessionID) throws {
    try node.execute(Self.removeMailbox, .id(mailbox))
  }

  /// Gives a run back for others to claim.
  public func release(_ lease: Lease) throws {
    try node.execute(Self.release, .id(lease.run), .integer(lease.fence))
  }

  /// Gives back what nobody can be working on any more: at the start of the only process that there can be.
  public func releaseAll() throws {
    try node.execute(Self.releaseAll)
  }

  /// The run of a session that may be claimed, and whether somebody works on it. Parked ones are passed over.
  public func head(of mailbox: SessionID, now: Timestamp) throws -> (run: RunID, isRunning: Bool)? {
    try node.query(Self.head, .id(mailbox)) { row -> (run: RunID, isRunning: Bool) in
      (row.id(0), row.time(1) >= now)
    }.first
  }

  /// How many runs of a session wait or run.
  public func count(of mailbox: SessionID) throws -> Int {
    try node.query(Self.count, .id(mailbox)) { $0.int(0) }.first ?? 0
  }

  /// Most waiting runs of a lane that are counted.
  public static let maxCounted = 10_000

  /// Runs that wait, by lane; of a lane in which more than ``maxCounted`` wait, that many.
  public func waiting(now: Timestamp, limit: Int = Self.maxCounted) throws -> [Lane: Int] {
    try Lane.allCases.reduce(into: [:]) { result, lane in
      let count = try node.query(Self.waiting, .text(lane.rawValue), .time(now), .int(limit)) { $0.int(0) }.first ?? 0
      if count > 0 { result[lane] = count }
    }
  }

  /// Lanes in which something can be claimed.
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
  /// Work to do, which is found across tenants.
  public var queue: WorkQueue { WorkQueue(node: node) }
}
