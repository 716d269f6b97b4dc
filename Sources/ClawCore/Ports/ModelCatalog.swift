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

/// What the gateway knows of a provider's name beforehand.
public struct KnownProvider: Sendable, Hashable {
  public let dialect: ModelDialect
  /// Whether the gateway has a provider of that name; otherwise it is a vendor that it knows.
  public let isConfigured: Bool

  public init(dialect: ModelDialect, isConfigured: Bool) {
    self.dialect = dialect
    self.isConfigured = isConfigured
  }
}

/// A provider as a tenant has set it up, with its key.
public struct TenantProvider: Sendable {
  public let entry: ProviderEntry
  /// Nil if there is none.
  public let key: String?

  public init(entry: ProviderEntry, key: String?) {
    self.entry = entry
    self.key = key
  }
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
