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

  public init(
    name: String, dialect: ModelDialect, baseURL: String, apiKey: Secret? = nil, defaultModel: String,
    extraHeaders: [(String, String)] = []
  ) {
    self.name = name
    self.dialect = dialect
    self.baseURL = baseURL
    self.apiKey = apiKey
    self.defaultModel = defaultModel
    self.extraHeaders = extraHeaders
  }

  /// A vendor as its preset describes it.
  public init(
    preset: ProviderPreset, apiKey: Secret? = nil, baseURL: String? = nil, defaultModel: String? = nil
  ) {
    self.init(
      name: preset.name, dialect: preset.dialect, baseURL: baseURL ?? preset.baseURL, apiKey: apiKey,
      defaultModel: defaultModel ?? preset.defaultModel)
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

  /// Host and port of the base URL, for messages: no path, no user name.
  var authority: String {
    let afterScheme = baseURL.firstRange(ofBytes: "://").map { baseURL[$0.upperBound...] } ?? baseURL[...]
    let authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    return String(authority.lastIndex(ofASCII: "@").map { authority.after($0) } ?? authority)
  }

  /// Whose service this is: the preset of that name, or the one that lives on the same host. The table of quirks is
  /// keyed by it, so that a second account of a vendor under another name behaves like the first.
  var vendor: String {
    if ProviderPreset.named(name) != nil || dialect == .demo { return name }
    if let preset = ProviderPreset.all.first(where: { $0.authority == authority && !authority.isEmpty }) {
      return preset.name
    }
    return dialect == .anthropic ? "anthropic" : name
  }
}
