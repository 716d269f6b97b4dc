import ClawCore

/// Round-robin state of a lane: who was served last. Kept by the claimer; without it a lane starts at its first tenant.
public struct ClaimTurns: Sendable, Equatable {
  /// Tenants whose round-robin state is kept; beyond it all are reset.
  private static let maxTenants = 10_000

  fileprivate var tenant = ""
  private var users: [TenantID: String] = [:]

  public init() {}

  /// Records a run that started without a claim.
  public mutating func began(_ user: UserID, of tenant: TenantID) {
    self.tenant = tenant.rawValue
    setUser(WorkQueue.hash(of: user), of: tenant)
  }

  fileprivate func user(of tenant: TenantID) -> String { users[tenant] ?? "" }

  fileprivate mutating func setUser(_ user: String, of tenant: TenantID) {
    if users.count >= Self.maxTenants, users[tenant] == nil { users = [:] }
    users[tenant] = user
  }
}

/// The result of a claim.
public struct ClaimedRuns: Sendable {
  public var leases: [Lease] = []
  /// Pass it to the next claim in the lane.
  public var turns: ClaimTurns
  /// Whether more runs may be waiting: the limit was reached, or another node claimed at the same time.
  public var mayBeMore = false
}

extension WorkQueue {
  // The tenants with heads, and the users of one: skips from one to the next in the index, however many runs each has.
  private static let tenantsInTurn = NodeStatement(
    """
    WITH RECURSIVE turn (name, place) AS (
      SELECT (SELECT MIN(tenant_id) FROM work_queue
        WHERE is_head = 1 AND lane = $1 AND tenant_id > $3 AND due_at <= $2 AND lease_until < $2), 1
      UNION ALL
      SELECT (SELECT MIN(tenant_id) FROM work_queue
        WHERE is_head = 1 AND lane = $1 AND tenant_id > turn.name AND due_at <= $2 AND lease_until < $2), place + 1
      FROM turn WHERE name IS NOT NULL AND place < $4)
    SELECT name FROM turn WHERE name IS NOT NULL ORDER BY place
    """)
  private static let usersInTurn = NodeStatement(
    """
    WITH RECURSIVE turn (name, place) AS (
      SELECT (SELECT MIN(user_hash) FROM work_queue
        WHERE is_head = 1 AND lane = $1 AND tenant_id = $5 AND user_hash > $3 AND due_at <= $2
          AND lease_until < $2), 1
      UNION ALL
      SELECT (SELECT MIN(user_hash) FROM work_queue
        WHERE is_head = 1 AND lane = $1 AND tenant_id = $5 AND user_hash > turn.name AND due_at <= $2
          AND lease_until < $2), place + 1
      FROM turn WHERE name IS NOT NULL AND place < $4)
    SELECT name FROM turn WHERE name IS NOT NULL ORDER BY place
    """)
  private static let headsOfUser = NodeStatement(
    """
    SELECT id, fence FROM work_queue
    WHERE is_head = 1 AND lane = $1 AND tenant_id = $3 AND user_hash = $4 AND due_at <= $2 AND lease_until < $2
    ORDER BY id LIMIT $5
    """, claims: true)
  private static let claim = NodeStatement(
    "UPDATE work_queue SET lease_until = $3, owner = $4, fence = fence + 1 WHERE id = $1 AND fence = $2")

  /// Most rounds, if some had fewer runs than their share, or if another node was faster.
  private static let maxRounds = 4

  /// Claims up to `limit` runs of a lane that are unclaimed and at the head of their session. Tenants are served
  /// round-robin, within a tenant its users, and a user's runs in the order in which they were accepted. If few tenants
  /// have runs waiting, they share the whole limit.
  /// - Parameters:
  ///   - turns: The round-robin state.
  ///   - isHeld: Runs that the owner is working on, whatever the clock says: after a clock jump or a suspend, a node
  ///     must not claim its own run a second time.
  public func claim(
    _ lane: Lane, limit: Int, owner: NodeID, now: Timestamp, until: Timestamp, turns: ClaimTurns = ClaimTurns(),
    except isHeld: (RunID) -> Bool = { _ in false }
  ) throws -> ClaimedRuns {
    var claimed = ClaimedRuns(turns: turns)
    for round in 1...Self.maxRounds {
      let found = try heads(of: lane, limit: limit - claimed.leases.count, now: now, &claimed.turns)
      for head in found.heads where !isHeld(head.run) {
        // Can't be lost to another node: the row has been locked since it was read.
        try node.executePipelined(Self.claim, .id(head.run), .integer(head.fence), .time(until), .id(owner))
        claimed.leases.append(Lease(tenant: head.tenant, run: head.run, fence: head.fence + 1))
      }
      if found.isAll { return claimed }
      // Zero rows means that another node has locked them.
      claimed.mayBeMore = !claimed.leases.isEmpty && (claimed.leases.count >= limit || round == Self.maxRounds)
      if claimed.mayBeMore { return claimed }
    }
    return claimed
  }

  /// The share of each tenant and user in turn, as far as they have runs; and whether these are all.
  private func heads(
    of lane: Lane, limit: Int, now: Timestamp, _ turns: inout ClaimTurns
  ) throws -> (heads: [Lease], isAll: Bool) {
    var heads: [Lease] = []
    let tenants = try inTurn(after: turns.tenant, limit: limit) { last, limit in
      try node.query(Self.tenantsInTurn, .text(lane.rawValue), .time(now), .text(last), .int(limit)) { $0.text(0) }
    }
    var isAll = tenants.count < limit
    for (name, share) in Self.shares(of: limit, among: tenants) {
      let tenant = TenantID(unchecked: name)
      let users = try inTurn(after: turns.user(of: tenant), limit: share) { last, limit in
        try node.query(
          Self.usersInTurn, .text(lane.rawValue), .time(now), .text(last), .int(limit), .id(tenant)
        ) { $0.text(0) }
      }
      isAll = isAll && users.count < share
      for (user, share) in Self.shares(of: share, among: users) {
        let found = try node.query(
          Self.headsOfUser, .text(lane.rawValue), .time(now), .id(tenant), .text(user), .int(share)
        ) { Lease(tenant: tenant, run: $0.id(0), fence: $0.integer(1)) }
        // Zero rows: another node has locked them.
        isAll = isAll && (1..<share).contains(found.count)
        heads += found
      }
      if let last = Self.last(of: users, sharing: share) { turns.setUser(last, of: tenant) }
    }
    if let last = Self.last(of: tenants, sharing: limit) { turns.tenant = last }
    return (heads, isAll)
  }

  /// Names after `last`, wrapping around once.
  private func inTurn(after last: String, limit: Int, _ names: (String, Int) throws -> [String]) throws -> [String] {
    let behind = try names(last, limit)
    guard behind.count < limit, !last.isEmpty else { return behind }
    return behind + (try names("", limit - behind.count)).filter { !behind.contains($0) }
  }

  /// Divides the limit evenly; the remainder goes to the first names.
  private static func shares(of places: Int, among names: [String]) -> [(name: String, share: Int)] {
    names.enumerated().map { offset, name in
      (name, places / names.count + (offset < places % names.count ? 1 : 0))
    }
  }

  /// Who was served last: the last of those with an extra run, or the last of all if the shares are equal.
  private static func last(of names: [String], sharing places: Int) -> String? {
    names.isEmpty ? nil : names[(places % names.count + names.count - 1) % names.count]
  }
}
