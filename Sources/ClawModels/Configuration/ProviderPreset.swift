import ClawCore
import ClawJSON

/// Defaults of a vendor: base URL and model.
public struct ProviderPreset: Sendable, Hashable {
  public let name: String
  public let dialect: ModelDialect
  public let baseURL: String
  /// Empty for local servers, which serve whatever was loaded.
  public let defaultModel: String
  /// False for local servers.
  public let requiresKey: Bool

  private init(_ name: String, _ baseURL: String, _ model: String, dialect: ModelDialect = .openAI, key: Bool = true) {
    self.name = name
    self.baseURL = baseURL
    self.defaultModel = model
    self.dialect = dialect
    self.requiresKey = key
  }

  /// The environment variable with the key, such as `SWIFTCLAW_OPENAI_API_KEY`.
  public var keyVariable: String { Self.variable(for: name, suffix: "API_KEY") }
  /// The environment variable that overrides the base URL, such as `SWIFTCLAW_OLLAMA_BASE_URL`.
  public var baseURLVariable: String { Self.variable(for: name, suffix: "BASE_URL") }

  /// Every vendor with a preset, in the order in which a default is chosen.
  public static let all: [ProviderPreset] = [
    ProviderPreset("anthropic", "https://api.anthropic.com/v1", "claude-sonnet-4-5-20250929", dialect: .anthropic),
    ProviderPreset("openai", "https://api.openai.com/v1", "gpt-4o"),
    ProviderPreset("openrouter", "https://openrouter.ai/api/v1", "anthropic/claude-sonnet-4-5-20250929"),
    ProviderPreset("groq", "https://api.groq.com/openai/v1", "llama-3.3-70b-versatile"),
    ProviderPreset("deepseek", "https://api.deepseek.com/v1", "deepseek-chat"),
    ProviderPreset("gemini", "https://generativelanguage.googleapis.com/v1beta/openai", "gemini-2.0-flash"),
    ProviderPreset("mistral", "https://api.mistral.ai/v1", "mistral-large-latest"),
    ProviderPreset("xai", "https://api.x.ai/v1", "grok-3-mini"),
    ProviderPreset("minimax", "https://api.minimax.io/v1", "MiniMax-M2.5"),
    ProviderPreset("cohere", "https://api.cohere.ai/compatibility/v1", "command-a"),
    ProviderPreset("perplexity", "https://api.perplexity.ai", "sonar-pro"),
    ProviderPreset("ollama", "http://127.0.0.1:11434/v1", "llama3.2", key: false),
    ProviderPreset("lmstudio", "http://127.0.0.1:1234/v1", "", key: false),
    ProviderPreset("vllm", "http://127.0.0.1:8000/v1", "", key: false),
    ProviderPreset("llamacpp", "http://127.0.0.1:8080/v1", "", key: false),
  ]

  /// The preset of that name, if there is one.
  public static func named(_ name: String) -> ProviderPreset? {
    all.first { $0.name.hasSameBytes(as: name) }
  }

  /// The vendor's own host.
  var host: String { ProviderConfiguration.host(of: ProviderConfiguration.authority(of: baseURL)) }

  static func variable(for provider: String, suffix: String) -> String {
    let vendor = provider.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
    return "SWIFTCLAW_\(String(vendor))_\(suffix)"
  }
}
