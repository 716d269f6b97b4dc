import ClawCore

/// Whose turn it is in a lane: who was given a place last. It belongs to whoever claims; without it a lane begins at its
/// first tenant.
public struct ClaimTurns: Sendable, Equatable {
  /// Tenants whose users' turns are remembered; beyond it all begin anew.
  private static let maxTenants = 10_000

  fileprivate var tenant = ""
  private var users: [TenantID: String] = [:]

  public init() {}

  /// A run of a user has begun without a claim.
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

/// What a claim came to.
public struct ClaimedRuns: Sendable {
  public var leases: [Lease] = []
  /// To be given to the next claim in the lane.
  public var turns: ClaimTurns
  /// Whether more may be waiting: all places were filled, or another node claimed at the same time.
  public var mayBeMore = false
}

extension WorkQueue {
  // The tenants that have heads, and the users of one: from one to the next by the index, however many runs each has.
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

  /// How often it is looked again where some had fewer runs than their share, or where another node was faster.
  private static let maxRounds = 4

  /// Takes up to `limit` runs of a lane that nobody holds and that are the first of their session. Tenants take turns,
  /// within a tenant its users do, and a user's runs come in the order in which they were accepted. Where few wait, they
  /// get all the places.
  /// - Parameters:
  ///   - turns: Whose turn it is.
  ///   - isHeld: Runs that the owner works on whatever the clock says: one that leaps, or a machine that slept, must not
  ///     make a node take its own run a second time.
  public func claim(
    _ lane: Lane, limit: Int, owner: NodeID, now: Timestamp, until: Timestamp, turns: ClaimTurns = ClaimTurns(),
    except isHeld: (RunID) -> Bool = { _ in false }
  ) throws -> ClaimedRuns {
    var claimed = ClaimedRuns(turns: turns)
    for round in 1...Self.maxRounds {
      let found = try heads(of: lane, limit: limit - claimed.leases.count, now: now, &claimed.turns)
      for head in found.heads where !isHeld(head.run) {
        // Nobody else can have come before: the row is locked since it was read.
        try node.executePipelined(Self.claim, .id(head.run), .integer(head.fence), .time(until), .id(owner))
        claimed.leases.append(Lease(tenant: head.tenant, run: head.run, fence: head.fence + 1))
      }
      if found.isAll { return claimed }
      // Where nothing could be had, another node has it.
      claimed.mayBeMore = !claimed.leases.isEmpty && (claimed.leases.count >= limit || round == Self.maxRounds)
      if claimed.mayBeMore { return claimed }
    }
    return claimed
  }

  /// A share of the places for each whose turn it is, as far as there are runs for it; and whether there are no others.
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
        // None at all: another node has them locked.
        isAll = isAll && (1..<share).contains(found.count)
        heads += found
      }
      if let last = Self.last(of: users, sharing: share) { turns.setUser(last, of: tenant) }
    }
    if let last = Self.last(of: tenants, sharing: limit) { turns.tenant = last }
    return (heads, isAll)
  }

  /// Names from the one behind `last` on, once round.
  private func inTurn(after last: String, limit: Int, _ names: (String, Int) throws -> [String]) throws -> [String] {
    let behind = try names(last, limit)
    guard behind.count < limit, !last.isEmpty else { return behind }
    return behind + (try names("", limit - behind.count)).filter { !behind.contains($0) }
  }

  /// The places divided evenly, what is left over to the first ones.
  private static func shares(of places: Int, among names: [String]) -> [(name: String, share: Int)] {
    names.enumerated().map { offset, name in
      (name, places / names.count + (offset < places % names.count ? 1 : 0))
    }
  }

  /// Who had the last turn: of those who got the same, the last one; of those who got one more, the last of these.
  private static func last(of names: [String], sharing places: Int) -> String? {
    names.isEmpty ? nil : names[(places % names.count + names.count - 1) % names.count]
  }
}
