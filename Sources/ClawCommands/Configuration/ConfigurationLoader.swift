import ClawCore
import ClawJSON

/// Merges the layers by precedence: flags, environment, `secrets.env`, `config.json`, defaults.
public struct ConfigurationLoader: Sendable {
  /// A command line flag.
  public struct Flag: Sendable {
    let path: String
    let text: String
    let name: String
  }

  public var environment: [String: String]
  public var workingDirectory: String
  /// `--data-dir`.
  public var dataDirectory: String?
  /// `--config`.
  public var configFile: String?
  public private(set) var flags: [Flag] = []

  public init(
    environment: [String: String], workingDirectory: String, dataDirectory: String? = nil, configFile: String? = nil
  ) {
    self.environment = environment
    self.workingDirectory = workingDirectory
    self.dataDirectory = dataDirectory
    self.configFile = configFile
  }

  /// Sets a value from the command line; nil if the flag was not given.
  public mutating func flag<Value>(_ name: String, _ setting: Setting<Value>, _ text: String?) {
    guard let text else { return }
    flags.append(Flag(path: setting.path, text: text, name: name))
  }

  /// Environment variables that are not settings.
  static let otherVariables = [
    "SWIFTCLAW_HOME", "SWIFTCLAW_CONFIG", "SWIFTCLAW_URL", "SWIFTCLAW_CRASH_AT", "SWIFTCLAW_WRITE_NEWER",
  ]

  /// Reads all layers. Blocks.
  /// - Throws: Only if the data directory is invalid; everything else is in ``LoadedConfiguration/problems``.
  public func load() throws(ConfigurationError) -> LoadedConfiguration {
    let directory: DataDirectory
    do {
      directory = try DataDirectory(
        named: dataDirectory ?? variable("SWIFTCLAW_HOME"), userHome: environment["HOME"],
        workingDirectory: workingDirectory)
    } catch {
      throw ConfigurationError(problems: [error])
    }
    var loaded = LoadedConfiguration(dataDirectory: directory)
    readFile(into: &loaded)
    loaded.values.note(
      providers: Settings.providersNamed(inVariables: environment.keys, known: loaded.values.ownProviders))
    SecretsFile(path: directory.secretsFile).read(into: &loaded)
    readEnvironment(into: &loaded)
    for flag in flags {
      guard let setting = Settings.byPath[flag.path] else { continue }
      loaded.take(setting, setting.json(flag.text), from: .flag(flag.name))
    }
    loaded.checkTogether()
    checkTrustFile(&loaded)
    return loaded
  }

  /// A missing certificate file would look like a failure of each provider.
  private func checkTrustFile(_ loaded: inout LoadedConfiguration) {
    let file = loaded.values[Settings.trustFile]
    guard !file.isEmpty, !PrivateFile.isReadable(file) else { return }
    loaded.add(loaded.values.source(of: Settings.trustFile).text, "\(file): no certificates can be read there")
  }

  private func variable(_ name: String) -> String? {
    environment[name].flatMap { $0.isEmpty ? nil : $0 }
  }

  private func readFile(into loaded: inout LoadedConfiguration) {
    let named = configFile ?? variable("SWIFTCLAW_CONFIG")
    let path =
      named.map { (try? DataDirectory(named: $0, userHome: environment["HOME"], workingDirectory: workingDirectory)) }
      .flatMap { $0?.path } ?? loaded.dataDirectory.configFile
    loaded.file = path
    do {
      // A larger file is certainly a mistake.
      guard let (bytes, _) = try PrivateFile.read(path, limit: 1_048_576) else {
        if named != nil { loaded.add(path, "no such file") }
        return
      }
      loaded.fileExists = true
      try ConfigurationFile.read(bytes, at: path, into: &loaded)
    } catch let error as JSONError {
      loaded.add(path, "not valid JSON: \(error)")
    } catch {
      loaded.add(path, "\(error)")
    }
  }

  private func readEnvironment(into loaded: inout LoadedConfiguration) {
    var known = UTF8Set(Self.otherVariables)
    for setting in loaded.values.table {
      known.formUnion(setting.variables)
      guard let name = setting.variables.first(where: { variable($0) != nil }), let text = variable(name) else {
        continue
      }
      loaded.take(setting, setting.json(text), from: .variable(name))
    }
    for name in environment.keys.sorted() where name.startsWith("SWIFTCLAW_") && !known.contains(name) {
      let nearest = NearestName.nearest(to: name, among: known).map { "; did you mean \($0)?" } ?? ""
      loaded.note(name, "no setting has this variable\(nearest)")
    }
  }
}
