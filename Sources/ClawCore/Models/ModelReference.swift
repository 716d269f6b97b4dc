import ClawJSON

/// A model of a provider, written `provider/model`, such as `openai/gpt-4o`.
public struct ModelReference: Sendable, Hashable, Codable, CustomStringConvertible {
  @UTF8Key public private(set) var provider: String
  @UTF8Key public private(set) var model: String

  public init(provider: String, model: String) {
    self.provider = provider
    self.model = model
  }

  public var description: String { "\(provider)/\(model)" }

  /// Parses ``description``; nil if there is no slash. The model name may contain slashes.
  public init?(_ text: String) {
    guard let slash = text.firstIndex(ofASCII: "/") else { return nil }
    self.init(provider: String(text[..<slash]), model: String(text.after(slash)))
  }
}

/// Tokens as counted by the provider. Cached input is part of `inputTokens`.
public struct TokenUsage: Sendable, Hashable, Codable {
  public var inputTokens: Int
  public var outputTokens: Int
  public var cachedInputTokens: Int
  /// Whether it is partly our own estimate, since a provider reported no usage.
  public var isEstimate: Bool

  public init(inputTokens: Int = 0, outputTokens: Int = 0, cachedInputTokens: Int = 0, isEstimate: Bool = false) {
    self.inputTokens = inputTokens
    self.outputTokens = outputTokens
    self.cachedInputTokens = cachedInputTokens
    self.isEstimate = isEstimate
  }

  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      inputTokens: try container.decodeIfPresent(Int.self, forKey: .inputTokens) ?? 0,
      outputTokens: try container.decodeIfPresent(Int.self, forKey: .outputTokens) ?? 0,
      cachedInputTokens: try container.decodeIfPresent(Int.self, forKey: .cachedInputTokens) ?? 0,
      isEstimate: try container.decodeIfPresent(Bool.self, forKey: .isEstimate) ?? false)
  }

  public var totalTokens: Int { inputTokens &+ outputTokens }

  public static func + (left: Self, right: Self) -> Self {
    TokenUsage(
      inputTokens: left.inputTokens &+ right.inputTokens,
      outputTokens: left.outputTokens &+ right.outputTokens,
      cachedInputTokens: left.cachedInputTokens &+ right.cachedInputTokens,
      isEstimate: left.isEstimate || right.isEstimate)
  }
}
