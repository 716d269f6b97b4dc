/// What is to be of a provider; nil leaves it as it is, or as it begins.
public struct ProviderChange: Sendable {
  public var displayName: String?
  public var dialect: ModelDialect?
  public var baseURL: String?
  /// Empty, or ``SecretRedactor/mask``, leaves the stored key as it is.
  public var key: String?
  public var defaultModel: String?
  public var models: [String]?
  public var isEnabled: Bool?

  public init(
    displayName: String? = nil, dialect: ModelDialect? = nil, baseURL: String? = nil, key: String? = nil,
    defaultModel: String? = nil, models: [String]? = nil, isEnabled: Bool? = nil
  ) {
    self.displayName = displayName
    self.dialect = dialect
    self.baseURL = baseURL
    self.key = key
    self.defaultModel = defaultModel
    self.models = models
    self.isEnabled = isEnabled
  }
}

/// What came of asking a provider one short question.
public struct ProviderTest: Sendable {
  /// The model that was asked.
  public let model: ModelReference
  public let duration: Duration
  /// Nil if it answered.
  public let failure: ClawError?

  public init(model: ModelReference, duration: Duration, failure: ClawError?) {
    self.model = model
    self.duration = duration
    self.failure = failure
  }
}

/// The providers that a tenant has set up beside those of the gateway. Whether the caller is an admin is decided before.
public protocol ProviderService: Sendable {
  /// In the order of their names.
  func providers(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<ProviderEntry>
  /// - Throws: `notFound`.
  func provider(_ name: String, as principal: Principal) async throws -> ProviderEntry
  /// - Throws: `alreadyExists`, `invalidRequest`; `failedPrecondition` when there are too many.
  func createProvider(_ name: String, _ change: ProviderChange, as principal: Principal) async throws -> ProviderEntry
  /// - Throws: `notFound`, `invalidRequest`; `failedPrecondition` for another revision.
  func updateProvider(
    _ name: String, _ change: ProviderChange, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> ProviderEntry
  /// Runs that were accepted with it and have not ended fail with their next call of a model.
  /// - Throws: `notFound`.
  func removeProvider(_ name: String, as principal: Principal) async throws
  /// Asks one of its models a short question, which costs what a small call costs.
  /// - Parameter model: Nil for its default.
  /// - Throws: `notFound`; `failedPrecondition` if it is disabled, or if no model of it is known.
  func testProvider(_ name: String, model: String?, as principal: Principal) async throws -> ProviderTest
  /// The models that it lists.
  /// - Throws: `notFound`; `failedPrecondition` if it is disabled.
  func models(of name: String, as principal: Principal) async throws -> ModelListing
}
