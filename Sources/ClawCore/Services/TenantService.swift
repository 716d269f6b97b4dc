/// A tenant for the operator of the gateway.
public struct Tenant: Sendable, Hashable {
  /// Whether it can be used.
  public enum Status: String, Sendable, CaseIterable {
    case active
    /// Nobody can authenticate, and its jobs do not run.
    case suspended
  }

  public let id: TenantID
  public var name: String
  public var status: Status
  public let createdAt: Timestamp
  public var updatedAt: Timestamp
  /// Incremented with each change.
  public var revision: Int64

  public init(
    id: TenantID, name: String, status: Status, createdAt: Timestamp, updatedAt: Timestamp, revision: Int64
  ) {
    self.id = id
    self.name = name
    self.status = status
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.revision = revision
  }
}

/// Receives the lines of an export; waits while the reader is slow.
/// - Returns: False if the reader has stopped.
public typealias ExportSink = @Sendable (String) async throws -> Bool

/// The tenants of an installation. The caller has already been authorized as a holder of the gateway token.
public protocol TenantService: Sendable {
  /// Sorted by ID.
  func tenants(limit: Int, cursor: String?) async throws -> Page<Tenant>
  /// - Throws: `notFound`.
  func tenant(_ id: TenantID) async throws -> Tenant
  /// Creates a tenant with its first agent.
  /// - Throws: `alreadyExists`, `invalidRequest`; `failedPrecondition` when there are too many.
  func createTenant(_ id: TenantID, name: String) async throws -> Tenant
  /// - Throws: `notFound`, `invalidRequest`; `failedPrecondition` for another revision.
  func updateTenant(
    _ id: TenantID, name: String?, status: Tenant.Status?, ifRevision revision: Int64?
  ) async throws -> Tenant
  /// Erases a tenant with all its data, closes its connections and aborts its runs.
  /// - Throws: `notFound`; `invalidRequest` for the first tenant, which every installation has.
  func eraseTenant(_ id: TenantID) async throws
  /// Exports all data of a tenant as JSON, one object per line.
  /// - Throws: `notFound`.
  func exportTenant(_ id: TenantID, to sink: ExportSink) async throws
}
