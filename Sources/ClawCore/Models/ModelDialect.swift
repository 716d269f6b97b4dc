/// The API of a provider.
public enum ModelDialect: String, Sendable, Hashable, CaseIterable {
  /// OpenAI's `/chat/completions`, which most others implement.
  case openAI = "openai"
  /// Anthropic's `/v1/messages`.
  case anthropic
  /// The built-in model, which needs no network.
  case demo
}
