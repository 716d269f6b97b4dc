import ClawCore

/// What a transaction may access; PostgreSQL enforces it with row-level security.
public enum DatabaseScope: Sendable, Hashable {
  /// The schema itself, for migrations.
  case owner
  /// Node-wide rows, which belong to no tenant.
  case node
  /// The rows of one tenant, and node-wide ones.
  case tenant(TenantID)
}
