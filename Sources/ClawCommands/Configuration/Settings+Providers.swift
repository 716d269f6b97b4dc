import ClawJSON
import ClawModels

extension Settings {
  /// The providers with presets, in the order in which a default is chosen.
  static let providers: [String] = ProviderPreset.all.map(\.name)

  /// The provider's API key.
  public static func apiKey(of provider: String) -> Setting<String> {
    Setting(
      path(provider, "api_key"), .text, "", short: variable(provider, "API_KEY"), isSecret: true,
      "The key for \(provider).")
  }

  /// The provider's base URL; empty for its default.
  public static func baseURL(of provider: String) -> Setting<String> {
    Setting(
      path(provider, "base_url"), .webAddress, "", short: shortVariable(provider, "BASE_URL"),
      "Another address for \(provider); empty takes its own.")
  }

  /// The provider's model; empty for its default.
  public static func model(of provider: String) -> Setting<String> {
    Setting(
      path(provider, "model"), .text, "", short: shortVariable(provider, "MODEL"),
      "Model to use of \(provider); empty takes its usual one.")
  }

  /// The provider's API; empty for its preset's, or OpenAI's.
  public static func dialect(of provider: String) -> Setting<String> {
    Setting(
      path(provider, "dialect"), .oneOf(["openai", "anthropic"]), "",
      "How \(provider) is spoken to; empty takes its preset's way, or OpenAI's.")
  }

  /// Additional headers of each request.
  public static func headers(of provider: String) -> Setting<[HeaderField]> {
    Setting(path(provider, "headers"), .headers, [], "Headers sent to \(provider) with each request.")
  }

  /// Models known by their bare names before the provider has listed any.
  public static func modelNames(of provider: String) -> Setting<[String]> {
    Setting(
      path(provider, "models"), .list, [],
      "Models of \(provider) that are known by their bare names before it has listed any.")
  }

  /// The vendor whose quirks apply.
  public static func rules(of provider: String) -> Setting<String> {
    Setting(
      path(provider, "rules"), .oneOf(providers + [ProviderConfiguration.plainRules]), "",
      "Whose peculiarities \(provider) shares, such as a vendor's behind a proxy of your own; empty goes by the "
        + "address, and plain reckons with none.")
  }

  /// All settings of a provider.
  static func all(of provider: String) -> [AnySetting] {
    usual(of: provider) + [
      dialect(of: provider).erased, headers(of: provider).erased, modelNames(of: provider).erased,
      rules(of: provider).erased,
    ]
  }

  /// The most common settings of a provider.
  static func usual(of provider: String) -> [AnySetting] {
    [apiKey(of: provider).erased, baseURL(of: provider).erased, model(of: provider).erased]
  }

  /// The whole table, with the less common settings of preset providers and all of these other providers.
  static func table(with own: [String]) -> [AnySetting] {
    all + providers.flatMap { all(of: $0).dropFirst(3) } + own.flatMap(all(of:))
  }

  /// The setting at a path, including those of providers without a preset.
  static func setting(at path: String) -> AnySetting? {
    if let known = byPath[path] { return known }
    guard let name = providerName(in: path) else { return nil }
    return all(of: name).first { $0.path == path }
  }

  /// The name in `providers.NAME` or `providers.NAME.SETTING`, if it is valid.
  static func providerName(in path: String) -> String? {
    let parts = path.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard (2...3).contains(parts.count), parts[0].elementsEqual("providers".utf8) else { return nil }
    let name = String(decoding: Array(parts[1]), as: UTF8.self)
    return isProviderName(name) ? name : nil
  }

  /// Lower-case letters, digits, `-` and `_`, beginning with a letter; at most 64. `demo` is reserved for the built-in
  /// model.
  static func isProviderName(_ name: String) -> Bool {
    guard let first = name.utf8.first, (0x61...0x7A).contains(first), name.utf8.count <= 64, name != "demo" else {
      return false
    }
    return name.utf8.allSatisfy {
      (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
    }
  }

  /// The names of providers whose address is set in the environment, such as `SWIFTCLAW_PROVIDERS_WORK_BASE_URL`.
  static func providersNamed(inVariables names: some Sequence<String>, known: [String]) -> [String] {
    let (start, end) = ("SWIFTCLAW_PROVIDERS_", "_BASE_URL")
    return names.sorted().compactMap { variable in
      guard variable.utf8.starts(with: start.utf8), variable.utf8.reversed().starts(with: end.utf8.reversed()),
        variable.utf8.count > start.utf8.count + end.utf8.count
      else { return nil }
      let middle = variable.utf8.dropFirst(start.utf8.count).dropLast(end.utf8.count)
      let name = String(decoding: Array(middle), as: UTF8.self).lowercased()
      let isKnown = (providers + known).contains { baseURL(of: $0).variables.contains(variable) }
      return isKnown || !isProviderName(name) ? nil : name
    }
  }

  /// The documentation of the settings of a provider without a preset.
  static let ownProvider: [AnySetting] = all(of: "NAME").map { setting in
    AnySetting(
      path: "providers.<name>." + setting.path.dropFirst("providers.NAME.".count), expectation: setting.expectation,
      standard: setting.standard,
      variables: setting.variables.map { $0.replacingBytes(of: "_NAME_", with: "_<NAME>_") },
      isSecret: setting.isSecret,
      isLive: setting.isLive, summary: setting.summary.replacingBytes(of: "NAME", with: "the provider"),
      read: setting.read,
      json: setting.json)
  }

  private static func path(_ provider: String, _ setting: String) -> String { "providers.\(provider).\(setting)" }

  private static func variable(_ provider: String, _ suffix: String) -> String {
    let name = provider.uppercased().map { $0 == "-" ? "_" : $0 }
    return "SWIFTCLAW_\(String(name))_\(suffix)"
  }

  /// Only presets have short variables: another name could be that of a section, such as `models`.
  private static func shortVariable(_ provider: String, _ suffix: String) -> String? {
    providers.contains(provider) ? variable(provider, suffix) : nil
  }
}
