/// The models that each tenant may use: the gateway's, and those of providers that the tenant has set up for itself.
public protocol ModelCatalog: Sendable {
  /// The default model of agents that name none; the same for every tenant.
  var standard: ModelReference { get }

  /// The models of a tenant. Cached, except for the first time and after a change; call it for each use.
  /// - Throws: ``ClawError`` `unavailable` if the store can't be read.
  func models(of tenant: TenantID) async throws -> any ModelService

  /// Drops the cached providers of a tenant.
  func hasChanged(_ tenant: TenantID)

  /// Polls for unannounced changes.
  /// - Throws: If the store can't be read.
  func catchUp() async throws
}

extension ModelCatalog {
  public func hasChanged(_ tenant: TenantID) {}
  public func catchUp() async throws {}
}

extension ModelCatalog where Self: ModelService {
  /// The same for every tenant.
  public func models(of tenant: TenantID) async throws -> any ModelService { self }
}

/// Builds the models of a tenant.
public protocol ModelFactory: Sendable {
  /// The default model of agents that name none.
  var standard: ModelReference { get }

  /// The gateway's provider of a name, or the vendor's preset.
  func known(_ name: String) -> KnownProvider?

  /// The gateway's models with those of a tenant's own providers. Its record of failures and rejections is the tenant's
  /// alone.
  func models(with own: [TenantProvider]) -> any ModelService

  /// Checks whether a tenant may have such a provider.
  /// - Throws: ``ClawError`` `invalidRequest` for an address that is invalid or not allowed.
  func check(_ provider: ProviderEntry) throws(ClawError)
}
