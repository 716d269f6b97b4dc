/// The models that each tenant may use: the gateway's, and those of providers that the tenant has set up for itself.
public protocol ModelCatalog: Sendable {
  /// What is used where an agent names no model; the same for every tenant.
  var standard: ModelReference { get }

  /// The models of a tenant. Known in memory but for the first time, and after a change; take it anew for each use.
  /// - Throws: ``ClawError`` `unavailable` if the store can't be read.
  func models(of tenant: TenantID) async throws -> any ModelService

  /// What is known of a tenant's providers counts no more.
  func hasChanged(_ tenant: TenantID)

  /// Looks for changes of which nothing was heard.
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

/// Makes the models of a tenant.
public protocol ModelFactory: Sendable {
  /// What is used where an agent names no model.
  var standard: ModelReference { get }

  /// The gateway's own provider of a name, or the vendor's.
  func known(_ name: String) -> KnownProvider?

  /// The gateway's models with those of a tenant's own providers. What failures and refusals it remembers are the
  /// tenant's alone.
  func models(with own: [TenantProvider]) -> any ModelService

  /// Whether a tenant may have a provider like this.
  /// - Throws: ``ClawError`` `invalidRequest` for an address that it may not reach, or that is none.
  func check(_ provider: ProviderEntry) throws(ClawError)
}
