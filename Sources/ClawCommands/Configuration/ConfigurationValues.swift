import ClawJSON

/// The effective configuration, and the source of each value.
public struct ConfigurationValues: Sendable {
  /// The source of a value; a later case overrides an earlier one.
  public enum Source: Sendable, Hashable {
    case standard
    case file(String)
    /// Sealed in the store.
    case store
    /// The file of secrets.
    case secrets(String)
    case variable(String)
    case flag(String)

    /// For display.
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

  /// Only settings with a value.
  private(set) var entries: UTF8Dictionary<Entry> = [:]

  /// Providers without a preset whose address is set in the environment.
  private var namedProviders: [String] = []

  public init() {}

  /// The names of configured providers without a preset.
  public var ownProviders: [String] {
    let names = entries.keys.compactMap(Settings.providerName(in:)) + namedProviders
    return UTF8Set(names).subtracting(UTF8Set(Settings.providers)).sorted()
  }

  mutating func note(providers: [String]) { namedProviders = providers }

  /// All settings that apply here.
  var table: [AnySetting] { Settings.table(with: ownProviders) }

  /// The effective value.
  public subscript<Value>(setting: Setting<Value>) -> Value {
    entries[setting.path]?.value as? Value ?? setting.standard
  }

  /// The source of the effective value.
  public func source<Value>(of setting: Setting<Value>) -> Source {
    entries[setting.path]?.source ?? .standard
  }

  /// Sets a value programmatically, for example in a test.
  public mutating func set<Value>(_ setting: Setting<Value>, to value: Value) {
    entries[setting.path] = Entry(value: value, json: setting.kind.write(value), source: .flag("set"))
  }

  /// Sets a validated value.
  mutating func take(_ path: String, _ read: (value: any Sendable, json: JSONValue), from source: Source) {
    entries[path] = Entry(value: read.value, json: read.json, source: source)
  }

  /// Takes providers' keys sealed in the store, unless another source sets them.
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

  /// Every setting with its effective value, in table order.
  var lines: [Line] {
    let shown = Settings.all + table.dropFirst(Settings.all.count).filter { entries[$0.path] != nil }
    return shown.map { setting in
      let entry = entries[setting.path]
      let value: JSONValue =
        if setting.isSecret { entry == nil ? "" : "***" } else { entry?.json ?? setting.standard }
      return Line(path: setting.path, value: value, source: entry?.source ?? .standard, setting: setting)
    }
  }

  /// All secret values, for the log's redaction.
  var secrets: [String] {
    table.filter(\.isSecret).compactMap { entries[$0.path]?.value as? String }
  }
}
