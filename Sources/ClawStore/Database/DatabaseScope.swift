import ClawCore

/// For whom a transaction is: what it may touch follows from it where the engine can hold it.
public enum DatabaseScope: Sendable, Hashable {
  /// The schema itself, for migrations.
  case owner
  /// What belongs to no tenant.
  case node
  /// The rows of one tenant, and what belongs to none.
  case tenant(TenantID)
}
