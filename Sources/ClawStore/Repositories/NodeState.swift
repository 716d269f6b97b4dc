import ClawCore

/// State of the gateway and its tenants.
public struct NodeState {
  let node: NodeTransaction

  private static let find = NodeStatement("SELECT value FROM node_state WHERE name = $1")
  private static let put = NodeStatement(
    """
    INSERT INTO node_state (name, value) VALUES ($1, $2)
    ON CONFLICT (name) DO UPDATE SET value = excluded.value
    """)
  private static let tenants = NodeStatement("SELECT tenant_id FROM tenants ORDER BY tenant_id")
  private static let addTenant = NodeStatement(
    """
    INSERT INTO tenants
      (tenant_id, name, status, created_at, updated_at, revision, secrets_version, providers_version)
    VALUES ($1, '', 'active', $2, $2, 1, 0, 0) ON CONFLICT (tenant_id) DO NOTHING
    """)

  private static let forgetMarks = NodeStatement("DELETE FROM commit_marks WHERE marked_at < $1")

  /// Deletes the marks of workers that were idle since `time`.
  public func forgetMarks(before time: Timestamp) throws {
    try node.execute(Self.forgetMarks, .time(time))
  }

  private static let noteProbe = NodeStatement(
    """
    INSERT INTO node_state (name, value) VALUES ('checked', '0')
    ON CONFLICT (name) DO UPDATE SET value = CASE WHEN node_state.value = '0' THEN '1' ELSE '0' END
    """)

  /// Changes a row, so that a page has to be written: setting a value to itself writes nothing.
  func noteProbe() throws {
    try node.execute(Self.noteProbe)
  }

  public func value(of name: String) throws -> String? {
    try node.query(Self.find, .text(name)) { $0.text(0) }.first
  }

  public func set(_ name: String, to value: String) throws {
    try node.execute(Self.put, .text(name), .text(value))
  }

  public func tenants() throws -> [TenantID] {
    try node.query(Self.tenants) { $0.id(0) }
  }

  /// Creates a tenant unless the name is taken.
  public func addTenant(_ tenant: TenantID, at time: Timestamp) throws {
    try node.execute(Self.addTenant, .id(tenant), .time(time))
  }
}

extension NodeTransaction {
  public var state: NodeState { NodeState(node: self) }
}

extension NodeDatabase {
  private struct TakenBack: Error {}

  /// Writes and rolls back.
  func rehearse() async throws {
    do {
      try await write { transaction in
        try transaction.state.set("rehearsal", to: "✓")
        throw TakenBack()
      }
    } catch is TakenBack {}
  }
}

extension Database {
  public func probe(within limit: Duration) async throws {
    try await write(as: .node) { try NodeTransaction(connection: $0).state.noteProbe() }
  }
}
