import Logging

/// Everything needed to build a gateway.
public struct GatewayConfiguration: Sendable {
  public let dataDirectory: DataDirectory
  public let token: StoredToken
  /// The settings; unset ones have their defaults.
  public var values: ConfigurationValues

  public init(dataDirectory: DataDirectory, token: StoredToken, values: ConfigurationValues = ConfigurationValues()) {
    self.dataDirectory = dataDirectory
    self.token = token
    self.values = values
  }

  /// All secrets known to the process, for redaction.
  public var secrets: [String] { values.secrets + [token.value] }

  /// The workspace of agents without one of their own.
  public var workspacePath: String { dataDirectory.resolve(values[Settings.workspace]) }

  var logLevel: Logger.Level { Logger.Level(rawValue: values[Settings.logLevel]) ?? .info }
}
