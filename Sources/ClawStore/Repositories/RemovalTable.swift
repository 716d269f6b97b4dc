import ClawCore

/// Something that was deleted while it still has rows. Nobody sees it any more; its rows are removed some at a time, so
/// that no transaction holds up the others for long, and a crash loses nothing of that.
public struct Removal: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The rows that a session had: messages, events, runs.
    case session
    /// What became of the times of a job.
    case job
    /// A user with all that they have.
    case user
    /// A tenant with all that it has.
    case tenant
  }

  public let tenant: TenantID
  public let kind: Kind
  /// The id of the session or job, a hash of the user's id; empty for a tenant.
  public let subject: String

  init(_ kind: Kind, _ subject: String, of tenant: TenantID) {
    self.tenant = tenant
    self.kind = kind
    self.subject = subject
  }

  public init(ofTenant tenant: TenantID) { self.init(.tenant, "", of: tenant) }

  /// - Parameter user: Is not named in the table: only the hash of the id is kept there.
  public init(of user: UserID, in tenant: TenantID) { self.init(.user, WorkQueue.hash(of: user), of: tenant) }
}

/// What is still to be removed, across tenants. The row of a removal is locked by whoever works on it.
public struct RemovalTable {
  let node: NodeTransaction

  private static let insert = NodeStatement(
    """
    INSERT INTO removals (tenant_id, kind, subject, created_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (tenant_id, kind, subject) DO NOTHING
    """)
  private static let hold = NodeStatement(
    "UPDATE removals SET created_at = created_at WHERE tenant_id = $1 AND kind = $2 AND subject = $3")
  private static let settle = NodeStatement(
    "DELETE FROM removals WHERE tenant_id = $1 AND kind = $2 AND subject = $3")
  private static let find = NodeStatement(
    "SELECT 1 FROM removals WHERE tenant_id = $1 AND kind = $2 AND subject = $3")
  private static let page = NodeStatement(
    """
    SELECT tenant_id, kind, subject FROM removals
    WHERE (tenant_id, kind, subject) > ($1, $2, $3) AND kind IN ('session', 'job', 'user', 'tenant')
    ORDER BY tenant_id, kind, subject LIMIT $4
    """)
  private static let pageOfTenant = NodeStatement(
    """
    SELECT tenant_id, kind, subject FROM removals
    WHERE tenant_id = $1 AND (kind, subject) > ($2, $3) AND kind IN ('session', 'job', 'user', 'tenant')
    ORDER BY kind, subject LIMIT $4
    """)

  public func add(_ removal: Removal, at time: Timestamp) throws {
    try node.execute(
      Self.insert, .id(removal.tenant), .text(removal.kind.rawValue), .text(removal.subject), .time(time))
  }

  /// Keeps others from working on a removal until the transaction ends; false if it is over.
  func hold(_ removal: Removal) throws -> Bool {
    try node.execute(Self.hold, .id(removal.tenant), .text(removal.kind.rawValue), .text(removal.subject)) == 1
  }

  /// Nothing is left to remove.
  public func settle(_ removal: Removal) throws {
    try node.execute(Self.settle, .id(removal.tenant), .text(removal.kind.rawValue), .text(removal.subject))
  }

  public func isPending(_ removal: Removal) throws -> Bool {
    try !node.query(Self.find, .id(removal.tenant), .text(removal.kind.rawValue), .text(removal.subject)) {
      $0.int(0)
    }.isEmpty
  }

  /// What is to be removed, of one tenant or of all, in the order of the key and after `last`. Kinds that only a newer
  /// version knows are left to it.
  public func page(of tenant: TenantID? = nil, after last: Removal?, limit: Int) throws -> [Removal] {
    let key: [SQLValue] = [.text(last?.kind.rawValue ?? ""), .text(last?.subject ?? ""), .int(limit)]
    let statement = tenant == nil ? Self.page : Self.pageOfTenant
    let first = tenant?.rawValue ?? last?.tenant.rawValue ?? ""
    return try node.query(statement, .text(first), key[0], key[1], key[2]) { row in
      Removal.Kind(rawValue: row.text(1)).map { Removal($0, row.text(2), of: row.id(0)) }
    }.compactMap(\.self)
  }
}

extension NodeTransaction {
  public var removals: RemovalTable { RemovalTable(node: self) }
}
