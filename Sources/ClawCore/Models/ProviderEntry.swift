/// A model provider that a tenant has set up for itself, without its key.
public struct ProviderEntry: Sendable, Hashable {
  /// The part before the slash of a model's name: 1 to 64 lower-case letters, digits and dashes.
  public let name: String
  /// The display name; may be empty.
  public var displayName: String
  public var dialect: ModelDialect
  /// Empty for a name that the gateway knows: its own provider of that name, or a vendor's preset.
  public var baseURL: String
  public var hasKey: Bool
  /// Used if a model is named by the provider alone; may be empty.
  public var defaultModel: String
  /// Models that can be used by their bare names before the provider has listed any.
  public var models: [String]
  /// Runs can't use a disabled provider, nor the gateway's own provider of that name.
  public var isEnabled: Bool
  public let createdAt: Timestamp
  public var updatedAt: Timestamp
  /// Incremented by each change.
  public var revision: Int64

  public init(
    name: String, displayName: String = "", dialect: ModelDialect, baseURL: String = "", hasKey: Bool = false,
    defaultModel: String = "", models: [String] = [], isEnabled: Bool = true, createdAt: Timestamp,
    updatedAt: Timestamp, revision: Int64 = 1
  ) {
    self.name = name
    self.displayName = displayName
    self.dialect = dialect
    self.baseURL = baseURL
    self.hasKey = hasKey
    self.defaultModel = defaultModel
    self.models = models
    self.isEnabled = isEnabled
    self.createdAt = createdAt
    self.updatedAt = updatedAt
    self.revision = revision
  }
}

/// The gateway's knowledge of a provider's name.
public struct KnownProvider: Sendable, Hashable {
  public let dialect: ModelDialect
  /// Whether the gateway has a provider of that name; otherwise it is a known vendor.
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
