import ClawCore
import ClawJSON

/// The merged configuration, with its errors.
public struct LoadedConfiguration: Sendable {
  public let dataDirectory: DataDirectory
  public internal(set) var values = ConfigurationValues()
  /// The path of `config.json`, whether it exists or not.
  public internal(set) var file = ""
  public internal(set) var fileExists = false
  /// Errors that prevent the gateway from starting.
  public var problems: [ConfigurationProblem] { faults + [modelProblem].compactMap(\.self) }
  private var faults: [ConfigurationProblem] = []
  /// Why no model can be chosen; nil if one can. A key sealed in the store may still fix it.
  private var modelProblem: ConfigurationProblem?
  /// Warnings, with which the gateway can run.
  public private(set) var notes: [ConfigurationProblem] = []

  init(dataDirectory: DataDirectory) {
    self.dataDirectory = dataDirectory
  }

  /// The configuration, if it has no errors.
  /// - Parameter beforeStore: Whether providers' keys may still come from the store.
  public func checked(beforeStore: Bool = false) throws(ConfigurationError) -> LoadedConfiguration {
    let all = beforeStore ? faults : problems
    guard all.isEmpty else { throw ConfigurationError(problems: all) }
    return self
  }

  mutating func add(_ place: String, _ message: String) {
    faults.append(ConfigurationProblem(place: place, message: message))
  }

  mutating func note(_ place: String, _ message: String) {
    notes.append(ConfigurationProblem(place: place, message: message))
  }

  /// Adds providers' keys that are sealed in the store, and checks again whether a model can be chosen.
  mutating func take(sealed secrets: UTF8Dictionary<String>) {
    values.take(sealed: secrets)
    guard modelProblem != nil else { return }
    modelProblem = nil
    do throws(ConfigurationProblem) { _ = try values.models } catch { modelProblem = error }
  }

  /// Overrides the lower layer's value, if the new one is valid.
  mutating func take(_ setting: AnySetting, _ json: JSONValue, from source: ConfigurationValues.Source) {
    if let read = setting.read(json) {
      values.take(setting.path, read, from: source)
      return
    }
    var message = "expected \(setting.expectation)"
    // A rejected header probably contains a key.
    if !setting.isSecret, !setting.path.endsWith(".headers") { message += ", found \(Self.shortened(json))" }
    if case .secrets = source { message = "\(setting.variables[0]): \(message)" }
    if case .file = source { message = "\(setting.path): \(message)" }
    if case .variable = source, json.stringValue?.startsWith("tcp://") == true {
      message += "; Kubernetes sets this for a service called swiftclaw: set enableServiceLinks to false"
    }
    add(source.text, message)
  }

  private static func shortened(_ json: JSONValue) -> String {
    let text = masked(json.serializedString())
    return text.count > 60 ? String(text.prefix(60)) + "…" : text
  }

  /// Removes user and password from a URL: a value rejected for containing them must not be shown with them.
  private static func masked(_ text: String) -> String {
    guard let scheme = text.firstRange(ofBytes: "://"), let at = text[scheme.upperBound...].lastIndex(ofASCII: "@")
    else {
      return text
    }
    return text[..<scheme.upperBound] + "***" + text[at...]
  }

  /// Checks rules that involve several settings.
  mutating func checkTogether() {
    if values[Settings.idleTimeout] <= values[Settings.pingInterval] {
      add(
        place(of: Settings.idleTimeout, Settings.pingInterval),
        "gateway.idle_timeout (\(DurationText.format(values[Settings.idleTimeout]))) must be longer than "
          + "gateway.ping_interval (\(DurationText.format(values[Settings.pingInterval])))")
    }
    if values[Settings.retryCap] < values[Settings.retryBase] {
      add(
        place(of: Settings.retryCap, Settings.retryBase),
        "models.retry_cap must not be shorter than models.retry_base")
    }
    checkPostgresDSN()
    checkOwnProviders()
    checkProvider()
  }

  /// A provider without a preset needs an address.
  private mutating func checkOwnProviders() {
    for name in values.ownProviders where values[Settings.baseURL(of: name)].isEmpty {
      let nearest = NearestName.nearest(to: name, among: Settings.providers).map { "; did you mean \($0)?" } ?? ""
      let place =
        Settings.all(of: name).compactMap { values.entries[$0.path]?.source }.first
        ?? .variable(
          Settings.baseURL(of: name).variables[0])
      add(
        place.text,
        "providers.\(name): there is no preset of this name, so set providers.\(name).base_url to its address\(nearest)"
      )
    }
  }

  private mutating func checkProvider() {
    let provider = values[Settings.provider]
    let known = ["demo"] + Settings.providers + values.ownProviders
    guard !provider.isEmpty, !known.contains(provider) else {
      do throws(ConfigurationProblem) { _ = try values.models } catch { modelProblem = error }
      return
    }
    let nearest = NearestName.nearest(to: provider, among: known).map { "; did you mean \($0)?" } ?? "."
    add(
      values.source(of: Settings.provider).text,
      "models.provider: there is no provider \"\(provider)\"\(nearest) Known are \(known.joined(separator: ", ")).")
  }

  /// The source of whichever of two settings is set.
  private func place<First, Second>(of first: Setting<First>, _ second: Setting<Second>) -> String {
    let source = values.source(of: first)
    return (source == .standard ? values.source(of: second) : source).text
  }
}
