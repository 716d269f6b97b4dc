import Logging

/// All that a gateway is built from.
public struct GatewayConfiguration: Sendable {
  public let dataDirectory: DataDirectory
  public let token: StoredToken
  /// What is set; everything else is as the table says.
  public var values: ConfigurationValues

  public init(dataDirectory: DataDirectory, token: StoredToken, values: ConfigurationValues = ConfigurationValues()) {
    self.dataDirectory = dataDirectory
    self.token = token
    self.values = values
  }

  /// Every secret the process holds, for the filters that keep them in.
  public var secrets: [String] { values.secrets + [token.value] }

  /// Where agents without a folder of their own work.
  public var workspacePath: String { dataDirectory.resolve(values[Settings.workspace]) }

  var logLevel: Logger.Level { Logger.Level(rawValue: values[Settings.logLevel]) ?? .info }
}
