import ClawCore
import ClawJSON

/// One provider: its address, API and key.
public struct ProviderConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
  /// The prefix of a model's name before the slash; unique.
  public let name: String
  public let dialect: ModelDialect
  /// For Anthropic with or without `/v1`; for the others, everything before `/chat/completions`. A trailing slash is
  /// ignored.
  public let baseURL: String
  public let apiKey: Secret?
  public let defaultModel: String
  /// Sent with each request; replaces our header of the same name.
  public let extraHeaders: [(String, String)]
  /// Additional models, known before the provider's list is.
  public let models: [String]
  /// The preset whose quirks apply, or ``plainRules``; nil to derive it from the base URL.
  public let rules: String?
  /// Whether a tenant set it up or gave it its own key; then an admin of the tenant can fix it.
  let isTenants: Bool
  /// Host and port of the base URL, for messages: without path and user name.
  let authority: String
  /// The vendor whose quirks apply: the configured one, or the one whose host (or a subdomain such as
  /// `eu.api.openai.com`) the base URL contains. Any other server with OpenAI's dialect has none: nil, the plain
  /// dialect. Local servers have no vendor host. Computed once, since each model call needs it several times.
  let vendor: String?

  public init(
    name: String, dialect: ModelDialect, baseURL: String, apiKey: Secret? = nil, defaultModel: String,
    extraHeaders: [(String, String)] = [], models: [String] = [], rules: String? = nil
  ) {
    self.init(
      name: name, dialect: dialect, baseURL: baseURL, apiKey: apiKey, defaultModel: defaultModel,
      extraHeaders: extraHeaders, models: models, rules: rules, isTenants: false)
  }

  init(
    name: String, dialect: ModelDialect, baseURL: String, apiKey: Secret?, defaultModel: String,
    extraHeaders: [(String, String)] = [], models: [String], rules: String? = nil, isTenants: Bool
  ) {
    self.name = name
    self.dialect = dialect
    self.baseURL = baseURL
    self.apiKey = apiKey
    self.defaultModel = defaultModel
    self.extraHeaders = extraHeaders
    self.models = models
    self.rules = rules
    self.isTenants = isTenants
    authority = Self.authority(of: baseURL)
    vendor = Self.vendor(of: name, dialect: dialect, host: Self.host(of: authority), rules: rules)
  }

  /// A provider with a preset's defaults.
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
  /// The base URL without trailing slashes.
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

  /// The lower-case host of an authority, without the port.
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

  /// The value of `rules` for a server without a vendor's quirks.
  public static let plainRules = "plain"
}
