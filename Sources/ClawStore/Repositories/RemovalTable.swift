import ClawCore

/// A deleted object with rows that remain to be removed. It is no longer visible; its rows are removed in batches, so
/// that no transaction blocks others for long, and a crash loses none of that work.
public struct Removal: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The rows of a session: messages, events, runs.
    case session
    /// The slots of a job.
    case job
    /// A user with all their data.
    case user
    /// A tenant with all its data.
    case tenant
    /// A media file of which a row was removed; it is kept if there are other rows.
    case media
  }

  public let tenant: TenantID
  public let kind: Kind
  /// The ID of the session or job, a hash of the user's ID, or the digest of a file; empty for a tenant.
  public let subject: String

  init(_ kind: Kind, _ subject: String, of tenant: TenantID) {
    self.tenant = tenant
    self.kind = kind
    self.subject = subject
  }

  public init(ofTenant tenant: TenantID) { self.init(.tenant, "", of: tenant) }

  /// - Parameter user: Not stored in the table: only the hash of the ID is.
  public init(of user: UserID, in tenant: TenantID) { self.init(.user, WorkQueue.hash(of: user), of: tenant) }
}

/// Removals in progress, across tenants. The node that works on one locks its row.
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
    WHERE (tenant_id, kind, subject) > ($1, $2, $3) AND kind IN ('session', 'job', 'user', 'tenant', 'media')
    ORDER BY tenant_id, kind, subject LIMIT $4
    """)
  private static let pageOfTenant = NodeStatement(
    """
    SELECT tenant_id, kind, subject FROM removals
    WHERE tenant_id = $1 AND (kind, subject) > ($2, $3) AND kind IN ('session', 'job', 'user', 'tenant', 'media')
    ORDER BY kind, subject LIMIT $4
    """)

  public func add(_ removal: Removal, at time: Timestamp) throws {
    try node.execute(
      Self.insert, .id(removal.tenant), .text(removal.kind.rawValue), .text(removal.subject), .time(time))
  }

  /// Locks a removal until the transaction ends; false if it is complete.
  func hold(_ removal: Removal) throws -> Bool {
    try node.execute(Self.hold, .id(removal.tenant), .text(removal.kind.rawValue), .text(removal.subject)) == 1
  }

  /// Deletes a removal that is complete.
  public func settle(_ removal: Removal) throws {
    try node.execute(Self.settle, .id(removal.tenant), .text(removal.kind.rawValue), .text(removal.subject))
  }

  /// Withdraws a removal, and blocks others from recording or processing it until the transaction ends.
  func withdraw(_ removal: Removal, at time: Timestamp) throws {
    // Also if there is no row: a row inserted for the duration of the transaction is what others wait for.
    try add(removal, at: time)
    try settle(removal)
  }

  public func isPending(_ removal: Removal) throws -> Bool {
    try !node.query(Self.find, .id(removal.tenant), .text(removal.kind.rawValue), .text(removal.subject)) {
      $0.int(0)
    }.isEmpty
  }

  /// Removals of one tenant or of all, in key order and after `last`. Leaves out kinds that only a newer version knows.
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
