import ClawCore

/// Named leases for work that one node does for all: owner and expiry.
public struct NodeLeases {
  let node: NodeTransaction

  private static let take = NodeStatement(
    """
    INSERT INTO node_leases (name, owner, lease_until) VALUES ($1, $2, $3)
    ON CONFLICT (name) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
    WHERE (node_leases.owner = excluded.owner OR node_leases.lease_until < $4 OR node_leases.lease_until > $5)
    """)
  private static let release = NodeStatement(
    "UPDATE node_leases SET lease_until = 0 WHERE name = $1 AND owner = $2")

  /// Acquires or renews the lease.
  /// - Parameter latest: The latest plausible expiry. A lease that expires later was taken by a node whose clock is
  ///   ahead, and counts as free.
  /// - Returns: false if another node has it.
  public func take(
    _ name: String, by owner: NodeID, now: Timestamp, until: Timestamp, latest: Timestamp
  ) throws -> Bool {
    try node.execute(Self.take, .text(name), .id(owner), .time(until), .time(now), .time(latest)) == 1
  }

  /// Releases the lease at once, if this owner has it.
  public func release(_ name: String, by owner: NodeID) throws {
    try node.execute(Self.release, .text(name), .id(owner))
  }
}

extension NodeTransaction {
  public var leases: NodeLeases { NodeLeases(node: self) }
}
