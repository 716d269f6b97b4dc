import ArgumentParser

/// The location of the gateway's data, for every command.
struct DataDirectoryOptions: ParsableArguments {
  @Option(
    name: .customLong("data-dir"),
    help: ArgumentHelp("Folder of the gateway's data (default: $SWIFTCLAW_HOME or ~/.swiftclaw).", valueName: "folder"))
  var dataDirectory: String?

  @Option(help: ArgumentHelp("Configuration file (default: config.json in the data folder).", valueName: "file"))
  var config: String?

  /// The configuration loader, without flags of the command itself.
  var loader: ConfigurationLoader {
    ConfigurationLoader(
      environment: Console.current.environment, workingDirectory: ProcessEnvironment.workingDirectory,
      dataDirectory: dataDirectory, configFile: config)
  }

  func load() async throws -> LoadedConfiguration { try await Self.load(loader) }

  static func load(_ loader: ConfigurationLoader) async throws -> LoadedConfiguration {
    try await Blocking.run { try loader.load() }
  }
}
