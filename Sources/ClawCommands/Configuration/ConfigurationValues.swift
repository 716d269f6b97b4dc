import ClawJSON

/// What is in force, and where each value came from.
public struct ConfigurationValues: Sendable {
  /// Where a value came from; a later case outweighs an earlier one.
  public enum Source: Sendable, Hashable {
    case standard
    case file(String)
    /// Sealed in the store.
    case store
    /// The file of secrets.
    case secrets(String)
    case variable(String)
    case flag(String)

    /// For people.
    public var text: String {
      switch self {
      case .standard: "default"
      case .store: "the sealed secrets"
      case .file(let path), .secrets(let path): path
      case .variable(let name): name
      case .flag(let name): name
      }
    }
  }

  struct Entry: Sendable {
    let value: any Sendable
    let json: JSONValue
    let source: Source
  }

  /// Only what somebody has set.
  private(set) var entries: UTF8Dictionary<Entry> = [:]

  /// Providers without a preset that the environment gives an address.
  private var namedProviders: [String] = []

  public init() {}

  /// The providers that somebody has set up and that there is no preset for, by name.
  public var ownProviders: [String] {
    let names = entries.keys.compactMap(Settings.providerName(in:)) + namedProviders
    return UTF8Set(names).subtracting(UTF8Set(Settings.providers)).sorted()
  }

  mutating func note(providers: [String]) { namedProviders = providers }

  /// Every setting that there is here.
  var table: [AnySetting] { Settings.table(with: ownProviders) }

  /// The value in force.
  public subscript<Value>(setting: Setting<Value>) -> Value {
    entries[setting.path]?.value as? Value ?? setting.standard
  }

  /// Where the value in force came from.
  public func source<Value>(of setting: Setting<Value>) -> Source {
    entries[setting.path]?.source ?? .standard
  }

  /// Sets a value as a program would, for example a test.
  public mutating func set<Value>(_ setting: Setting<Value>, to value: Value) {
    entries[setting.path] = Entry(value: value, json: setting.kind.write(value), source: .flag("set"))
  }

  /// Takes a value that was checked.
  mutating func take(_ path: String, _ read: (value: any Sendable, json: JSONValue), from source: Source) {
    entries[path] = Entry(value: read.value, json: read.json, source: source)
  }

  /// Takes the keys of providers that are sealed in the store, where nobody has said another.
  mutating func take(sealed secrets: UTF8Dictionary<String>) {
    for setting in table where setting.isSecret && setting.path.startsWith("providers.") {
      guard entries[setting.path].map({ ($0.value as? String)?.isEmpty ?? false }) ?? true,
        let secret = secrets[setting.path], let read = setting.read(.string(secret))
      else { continue }
      take(setting.path, read, from: .store)
    }
  }

  /// One line of `config show`.
  struct Line: Sendable {
    let path: String
    /// `***` for a secret that is set.
    let value: JSONValue
    let source: Source
    let setting: AnySetting
  }

  /// Every setting with what is in force, in the order of the table.
  var lines: [Line] {
    let shown = Settings.all + table.dropFirst(Settings.all.count).filter { entries[$0.path] != nil }
    return shown.map { setting in
      let entry = entries[setting.path]
      let value: JSONValue =
        if setting.isSecret { entry == nil ? "" : "***" } else { entry?.json ?? setting.standard }
      return Line(path: setting.path, value: value, source: entry?.source ?? .standard, setting: setting)
    }
  }

  /// Every secret that was given, for the filter of the log.
  var secrets: [String] {
    table.filter(\.isSecret).compactMap { entries[$0.path]?.value as? String }
  }
}
