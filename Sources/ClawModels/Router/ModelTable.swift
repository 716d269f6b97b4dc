import ClawJSON

/// Context windows and vendors by model name prefix.
enum ModelTable {
  /// For unknown models: too small a value causes an early summary, too large a one an error.
  static let cautiousWindow = 32_768
  /// The same for local servers, which are mostly started with a small window.
  static let cautiousLocalWindow = 8192

  struct Row: Sendable {
    /// In lower case; the longest matching one wins.
    var prefix: String
    /// The vendor of such models, for a bare name; nil if several vendors serve them.
    var vendor: String?
    /// In tokens.
    var window: Int
  }

  static let rows: [Row] = [
    Row(prefix: "claude-", vendor: "anthropic", window: 1_000_000),
    Row(prefix: "claude-2", vendor: "anthropic", window: 200_000),
    Row(prefix: "claude-3", vendor: "anthropic", window: 200_000),
    Row(prefix: "claude-haiku-4", vendor: "anthropic", window: 200_000),
    Row(prefix: "claude-sonnet-4", vendor: "anthropic", window: 200_000),
    Row(prefix: "claude-opus-4-0", vendor: "anthropic", window: 200_000),
    Row(prefix: "claude-opus-4-1", vendor: "anthropic", window: 200_000),
    Row(prefix: "claude-opus-4-2", vendor: "anthropic", window: 200_000),
    Row(prefix: "claude-opus-4-5", vendor: "anthropic", window: 200_000),
    Row(prefix: "claude-opus-4-6", vendor: "anthropic", window: 200_000),
    Row(prefix: "gpt-3.5", vendor: "openai", window: 16_385),
    Row(prefix: "gpt-4", vendor: "openai", window: 8192),
    Row(prefix: "gpt-4-turbo", vendor: "openai", window: 128_000),
    Row(prefix: "gpt-4o", vendor: "openai", window: 128_000),
    Row(prefix: "gpt-4.1", vendor: "openai", window: 1_047_576),
    Row(prefix: "gpt-5", vendor: "openai", window: 400_000),
    Row(prefix: "gpt-oss", vendor: nil, window: 131_072),
    Row(prefix: "o1", vendor: "openai", window: 200_000),
    Row(prefix: "o3", vendor: "openai", window: 200_000),
    Row(prefix: "o4", vendor: "openai", window: 200_000),
    Row(prefix: "gemini-", vendor: "gemini", window: 1_048_576),
    Row(prefix: "mistral-", vendor: "mistral", window: 128_000),
    Row(prefix: "ministral-", vendor: "mistral", window: 128_000),
    Row(prefix: "magistral-", vendor: "mistral", window: 40_000),
    Row(prefix: "codestral-", vendor: "mistral", window: 128_000),
    Row(prefix: "devstral-", vendor: "mistral", window: 128_000),
    Row(prefix: "grok-3", vendor: "xai", window: 131_072),
    Row(prefix: "grok-4", vendor: "xai", window: 256_000),
    Row(prefix: "grok-code", vendor: "xai", window: 256_000),
    Row(prefix: "deepseek-", vendor: "deepseek", window: 128_000),
    Row(prefix: "command-a", vendor: "cohere", window: 256_000),
    Row(prefix: "command-r", vendor: "cohere", window: 128_000),
    Row(prefix: "minimax-m", vendor: "minimax", window: 196_608),
    Row(prefix: "sonar-pro", vendor: "perplexity", window: 200_000),
    Row(prefix: "sonar", vendor: "perplexity", window: 127_072),
    Row(prefix: "llama-3.1", vendor: nil, window: 131_072),
    Row(prefix: "llama-3.3", vendor: nil, window: 131_072),
    Row(prefix: "llama-4", vendor: nil, window: 131_072),
    Row(prefix: "qwen", vendor: nil, window: 32_768),
    Row(prefix: "kimi-k2", vendor: nil, window: 131_072),
    Row(prefix: "glm-4", vendor: nil, window: 128_000),
    Row(prefix: "demo", vendor: "demo", window: 32_768),
  ]

  private static let local: UTF8Set = ["ollama", "lmstudio", "vllm", "llamacpp"]

  /// The context window of a model. A local server decides on its window itself, so the table has none for local
  /// models. A name with a path (`anthropic/claude-…`) is looked up by its last component.
  static func contextWindow(vendor: String?, model: String) -> Int {
    if let vendor, local.contains(vendor) { return cautiousLocalWindow }
    return row(for: model)?.window ?? cautiousWindow
  }

  static func row(for model: String) -> Row? {
    let name = model.lowercased()
    let bare = name.lastIndex(ofASCII: "/").map { String(name.after($0)) } ?? name
    return rows.filter { bare.startsWith($0.prefix) }.max { $0.prefix.count < $1.prefix.count }
  }
}
