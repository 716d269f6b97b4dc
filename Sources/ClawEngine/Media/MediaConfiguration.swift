/// Settings of media.
public struct MediaConfiguration: Sendable {
  /// Absolute path of the folder with the files; with several nodes, a shared one.
  public var directory: String
  /// Size limit of a file, in bytes.
  public var maxBytes: Int
  /// Limit of a tenant's files in total, in bytes.
  public var maxTenantBytes: Int64
  /// Limit of media in one message, and in one tool result.
  public var maxParts: Int
  /// How long unused media are kept.
  public var unusedRetention: Duration

  public init(
    directory: String, maxBytes: Int = 20 * 1024 * 1024, maxTenantBytes: Int64 = 10 * 1024 * 1024 * 1024,
    maxParts: Int = 100, unusedRetention: Duration = .seconds(86_400)
  ) {
    self.directory = directory
    self.maxBytes = maxBytes
    self.maxTenantBytes = maxTenantBytes
    self.maxParts = maxParts
    self.unusedRetention = unusedRetention
  }
}
