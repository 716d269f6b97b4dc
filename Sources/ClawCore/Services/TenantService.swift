/// A tenant as the operator of the gateway sees it.
public struct Tenant: Sendable, Hashable {
  /// Whether it can be used.
  public enum Status: String, Sendable, CaseIterable {
    case active
    /// Nobody is let in, and its jobs stand still.
    case suspended
  }

  public let id: TenantID
  public var name: String
  public var status: Status
  public let createdAt: Timestamp
  public var updatedAt: Timestamp
  /// Grows with each change.
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

/// Takes the lines of an export, one after the other; waits while nobody reads them.
/// - Returns: False if nobody wants more.
public typealias ExportSink = @Sendable (String) async throws -> Bool

/// The tenants of an installation. For holders of the gateway token alone; that is decided before.
public protocol TenantService: Sendable {
  /// In the order of their ids.
  func tenants(limit: Int, cursor: String?) async throws -> Page<Tenant>
  /// - Throws: `notFound`.
  func tenant(_ id: TenantID) async throws -> Tenant
  /// Makes a tenant with its first agent.
  /// - Throws: `alreadyExists`, `invalidRequest`; `failedPrecondition` when there are too many.
  func createTenant(_ id: TenantID, name: String) async throws -> Tenant
  /// - Throws: `notFound`, `invalidRequest`; `failedPrecondition` for another revision.
  func updateTenant(
    _ id: TenantID, name: String?, status: Tenant.Status?, ifRevision revision: Int64?
  ) async throws -> Tenant
  /// Erases a tenant with all that is its own, and ends its connections and runs.
  /// - Throws: `notFound`; `invalidRequest` for the first tenant, which every installation has.
  func eraseTenant(_ id: TenantID) async throws
  /// Writes all that a tenant has as JSON, an object a line.
  /// - Throws: `notFound`.
  func exportTenant(_ id: TenantID, to sink: ExportSink) async throws
}
