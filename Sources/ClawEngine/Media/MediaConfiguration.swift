/// How media are kept.
public struct MediaConfiguration: Sendable {
  /// Absolute path of the folder with their files; with several nodes one that all of them see.
  public var directory: String
  /// Largest file, in bytes.
  public var maxBytes: Int
  /// What the files of one tenant may take together, in bytes.
  public var maxTenantBytes: Int64
  /// Media in one message, and in one result of a tool.
  public var maxParts: Int
  /// How long media are kept that nothing uses.
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
