import ClawJSON

/// A model as a provider lists it.
struct ListedModel: Sendable, Hashable {
  var id: String
  var name: String?
  /// In tokens, where the vendor tells.
  var contextWindow: Int?
  /// The longest answer, in tokens, where the vendor tells.
  var outputTokens: Int?
}

/// Reads `GET /models`, in OpenAI's form and in those that some vendors made of it.
enum ModelList {
  /// The most models taken from one provider.
  static let limit = 2000
  /// The most bytes read.
  static let byteLimit = 8 * 1024 * 1024

  static func read(_ bytes: [UInt8]) throws(ModelFailure) -> [ListedModel] {
    guard let body = try? JSONValue(parsing: bytes),
      let items = body["data"]?.arrayValue ?? body["models"]?.arrayValue ?? body.arrayValue
    else { throw ModelFailure(.malformed, detail: "the list of models can't be read") }
    return items.prefix(limit).compactMap { item in
      guard let id = item["id"]?.stringValue ?? item["name"]?.stringValue, !id.isEmpty else { return nil }
      // Gemini lists its models under the path of a resource.
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

  /// Anthropic says `max_tokens` beside `max_input_tokens`; elsewhere `max_tokens` may be the window.
  private static func outputTokens(_ item: JSONValue) -> Int? {
    let keys = ["max_output_tokens", "max_completion_tokens"]
    let found =
      keys.lazy.compactMap { item[$0]?.intValue }.first ?? item["top_provider"]?["max_completion_tokens"]?.intValue
      ?? (item["max_input_tokens"]?.intValue == nil ? nil : item["max_tokens"]?.intValue)
    return found.flatMap { $0 > 0 ? $0 : nil }
  }
}
