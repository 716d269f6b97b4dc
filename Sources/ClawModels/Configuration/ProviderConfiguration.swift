import ClawJSON

/// How a provider is spoken to.
public enum ModelDialect: String, Sendable, Hashable, CaseIterable {
  /// `/chat/completions` as OpenAI defined it and most others took it over.
  case openAI = "openai"
  /// `/v1/messages` of Anthropic.
  case anthropic
  /// The built-in model that needs no network.
  case demo
}

/// One provider: where it is, how it is spoken to, and the key.
public struct ProviderConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
  /// The part before the slash of a model's name; unique among the providers.
  public let name: String
  public let dialect: ModelDialect
  /// With or without `/v1` for Anthropic; with whatever the vendor wants before `/chat/completions` for the others.
  /// A slash at the end doesn't matter.
  public let baseURL: String
  public let apiKey: Secret?
  public let defaultModel: String
  /// Sent with each request; a name that is also one of ours replaces ours.
  public let extraHeaders: [(String, String)]
  /// Models that it has, beside those that it lists; they are known before the list is.
  public let models: [String]
  /// The preset whose rules apply, or ``plainRules``; nil to go by the base URL.
  public let rules: String?
  /// Host and port of the base URL, for messages: no path, no user name.
  let authority: String
  /// Whose rules apply, for the table of quirks: those that the configuration names, else those of the vendor whose
  /// host (or a part of it, such as `eu.api.openai.com`) the base URL names. Any other server that speaks OpenAI's
  /// dialect is taken at its word: nil, the plain dialect. Servers on one's own machine have no host of their own.
  /// Found once, since each call of a model asks for it several times.
  let vendor: String?

  public init(
    name: String, dialect: ModelDialect, baseURL: String, apiKey: Secret? = nil, defaultModel: String,
    extraHeaders: [(String, String)] = [], models: [String] = [], rules: String? = nil
  ) {
    self.name = name
    self.dialect = dialect
    self.baseURL = baseURL
    self.apiKey = apiKey
    self.defaultModel = defaultModel
    self.extraHeaders = extraHeaders
    self.models = models
    self.rules = rules
    authority = Self.authority(of: baseURL)
    vendor = Self.vendor(of: name, dialect: dialect, host: Self.host(of: authority), rules: rules)
  }

  /// A vendor as its preset describes it.
  public init(
    preset: ProviderPreset, dialect: ModelDialect? = nil, apiKey: Secret? = nil, baseURL: String? = nil,
    defaultModel: String? = nil, extraHeaders: [(String, String)] = [], models: [String] = [], rules: String? = nil
  ) {
    self.init(
      name: preset.name, dialect: dialect ?? preset.dialect, baseURL: baseURL ?? preset.baseURL, apiKey: apiKey,
      defaultModel: defaultModel ?? preset.defaultModel, extraHeaders: extraHeaders, models: models, rules: rules)
  }

  /// The built-in offline model.
  public static let demo = ProviderConfiguration(
    name: "demo", dialect: .demo, baseURL: "", defaultModel: "demo")

  public var description: String { "\(name) (\(dialect.rawValue), \(defaultModel))" }
  public var customMirror: Mirror { Mirror(self, children: ["name": name, "dialect": dialect]) }
}

extension ProviderConfiguration {
  /// The base URL without slashes at its end.
  var trimmedBaseURL: String {
    var text = baseURL[...]
    while text.endsWith("/") { text = text.dropLast() }
    return String(text)
  }

  /// Host and port of a URL.
  static func authority(of baseURL: String) -> String {
    let afterScheme = baseURL.firstRange(ofBytes: "://").map { baseURL[$0.upperBound...] } ?? baseURL[...]
    let authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return String(authority.lastIndex(ofASCII: "@").map { authority.after($0) } ?? authority)
  }

  /// The host of an authority in lower case, without a port.
  static func host(of authority: String) -> String {
    let text = Array(authority.utf8)
    let end = text.first == UInt8(ascii: "[") ? text.firstIndex(of: UInt8(ascii: "]")).map { $0 + 1 } : nil
    let host = text[..<(end ?? text.firstIndex(of: UInt8(ascii: ":")) ?? text.count)]
    return String(decoding: host, as: UTF8.self).lowercased()
  }

  private static func vendor(of name: String, dialect: ModelDialect, host: String, rules: String?) -> String? {
    if let rules { return rules == plainRules ? nil : rules }
    if dialect == .demo { return name }
    if let preset = ProviderPreset.named(name), !preset.requiresKey { return name }
    let known = ProviderPreset.all.first { preset in
      preset.requiresKey && !host.isEmpty && (host == preset.host || host.endsWith(".\(preset.host)"))
    }
    return known?.name ?? (dialect == .anthropic ? "anthropic" : nil)
  }

  /// What `rules` says where nothing of a vendor's applies.
  public static let plainRules = "plain"
}
