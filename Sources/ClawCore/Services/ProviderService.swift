/// A change of a provider; nil keeps a value, or uses its default.
public struct ProviderChange: Sendable {
  public var displayName: String?
  public var dialect: ModelDialect?
  public var baseURL: String?
  /// Empty, or ``SecretRedactor/mask``, keeps the stored key.
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

/// The result of a short test request to a provider.
public struct ProviderTest: Sendable {
  /// The model that was called.
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

/// The providers that a tenant has set up beside those of the gateway. The caller must have been checked to be an
/// admin.
public protocol ProviderService: Sendable {
  /// Sorted by name.
  func providers(limit: Int, cursor: String?, as principal: Principal) async throws -> Page<ProviderEntry>
  /// - Throws: `notFound`.
  func provider(_ name: String, as principal: Principal) async throws -> ProviderEntry
  /// - Throws: `alreadyExists`, `invalidRequest`; `failedPrecondition` if there are too many.
  func createProvider(_ name: String, _ change: ProviderChange, as principal: Principal) async throws -> ProviderEntry
  /// - Throws: `notFound`, `invalidRequest`; `failedPrecondition` for another revision.
  func updateProvider(
    _ name: String, _ change: ProviderChange, ifRevision revision: Int64?, as principal: Principal
  ) async throws -> ProviderEntry
  /// Unfinished runs accepted with it fail at their next model call.
  /// - Throws: `notFound`.
  func removeProvider(_ name: String, as principal: Principal) async throws
  /// Sends a short request to one of its models, at the cost of a small call.
  /// - Parameter model: Nil for its default.
  /// - Throws: `notFound`; `failedPrecondition` if it is disabled, or if it has no known model.
  func testProvider(_ name: String, model: String?, as principal: Principal) async throws -> ProviderTest
  /// The models listed by the provider.
  /// - Throws: `notFound`; `failedPrecondition` if it is disabled.
  func models(of name: String, as principal: Principal) async throws -> ModelListing
}
