import ClawJSON

/// A model in a provider's list.
struct ListedModel: Sendable, Hashable {
  var id: String
  var name: String?
  /// In tokens, if the vendor says.
  var contextWindow: Int?
  /// The longest answer in tokens, if the vendor says.
  var outputTokens: Int?
}

/// Parses `GET /models` in OpenAI's format and some vendors' variants of it.
enum ModelList {
  /// Most models per provider.
  static let limit = 2000
  /// Largest accepted response in bytes.
  static let byteLimit = 8 * 1024 * 1024

  static func read(_ bytes: [UInt8]) throws(ModelFailure) -> [ListedModel] {
    guard let body = try? JSONValue(parsing: bytes),
      let items = body["data"]?.arrayValue ?? body["models"]?.arrayValue ?? body.arrayValue
    else { throw ModelFailure(.malformed, detail: "the list of models can't be read") }
    return items.prefix(limit).compactMap { item in
      guard let id = item["id"]?.stringValue ?? item["name"]?.stringValue, !id.isEmpty else { return nil }
      // Gemini lists its models as resource paths.
      let bare = id.droppingPrefix("models/").map(String.init) ?? id
      return ListedModel(
        id: bare, name: item["display_name"]?.stringValue ?? (item["id"] == nil ? nil : item["name"]?.stringValue),
        contextWindow: window(item), outputTokens: outputTokens(item))
    }
  }

  private static func window(_ item: JSONValue) -> Int? {
    let keys = ["context_length", "context_window", "max_context_length", "max_model_len", "max_input_tokens"]
    let found = keys.lazy.compactMap { item[$0]?.intValue }.first ?? item["meta"]?["n_ctx"]?.intValue
    return found.flatMap { $0 > 0 ? $0 : nil }
  }

  /// Anthropic's `max_tokens` is next to `max_input_tokens`; for other vendors `max_tokens` may be the context window.
  private static func outputTokens(_ item: JSONValue) -> Int? {
    let keys = ["max_output_tokens", "max_completion_tokens"]
    let found =
      keys.lazy.compactMap { item[$0]?.intValue }.first ?? item["top_provider"]?["max_completion_tokens"]?.intValue
      ?? (item["max_input_tokens"]?.intValue == nil ? nil : item["max_tokens"]?.intValue)
    return found.flatMap { $0 > 0 ? $0 : nil }
  }
}
