import ClawCore

/// Facts about a PostgreSQL server that matter before a node uses it.
public struct ServerFacts: Sendable, Hashable {
  /// Such as `15.10`.
  public let version: String
  public let maxConnections: Int
  /// The connected user.
  public let user: String
  /// Open connections of all clients.
  public let openConnections: Int
  /// The server's clock.
  public let clock: Timestamp
  /// Whether the user may create roles.
  public let mayMakeRoles: Bool
  /// Whether the user may assume the service role; nil if it does not exist.
  public let hasRole: Bool?
  /// Whether a transaction pooler is in between.
  public let isPooled: Bool

  /// Why the user can't assume a role; nil if they can, or may create it.
  public func refusal(of role: String) -> DatabaseRefusal? {
    if hasRole == true || mayMakeRoles { return nil }
    return ServiceRole.refusal(of: role, hasRole == nil ? "make" : "take on", user: user)
  }

  private static let server = """
    SELECT current_setting('server_version'), CAST(current_setting('max_connections') AS BIGINT),
      (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
      CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT),
      (SELECT CAST(rolsuper OR rolcreaterole AS INT) FROM pg_roles WHERE rolname = current_user), current_user
    """
  private static let role =
    "SELECT CAST(pg_has_role(current_user, oid, 'MEMBER') AS INT) FROM pg_roles WHERE rolname = $1"

  static func read(on connection: any DatabaseConnection, role: String) throws -> ServerFacts? {
    let hasRole = try connection.query(Self.role, [.text(role)]) { $0.bool(0) }.first
    let isPooled = (connection as? PostgresConnection)?.isPooled ?? false
    return try connection.query(server, []) { row in
      ServerFacts(
        version: row.text(0), maxConnections: row.int(1), user: row.text(5), openConnections: row.int(2),
        clock: row.time(3),
        mayMakeRoles: row.bool(4), hasRole: hasRole, isPooled: isPooled)
    }.first
  }
}
