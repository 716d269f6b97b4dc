import ClawCore

/// Quirks by vendor and model. Each vendor's requests are pinned by a golden file, so that a row for one can't change
/// another's unnoticed.
enum QuirkTable {
  /// Applies to one vendor (nil: all) and to models with one of the prefixes `models` (none: all).
  struct Row: Sendable {
    var vendor: String?
    var models: [String] = []
    var quirks: [Quirk]

    func fits(vendor name: String?, model: String) -> Bool {
      if let vendor, vendor != name { return false }
      let model = model.lowercased()
      return models.isEmpty || models.contains(where: model.hasPrefix)
    }
  }

  static let rows: [Row] = knownVendors + openAI + anthropic + others + local

  /// Vendors whose models have a thinking switch or none: the others would reject an effort.
  private static let knownVendors: [Row] = [
    "openai", "groq", "gemini", "mistral", "xai", "minimax", "cohere", "perplexity",
  ].map { Row(vendor: $0, quirks: [.thinking(.none)]) }

  private static let upToHigh: [ReasoningEffort] = [.low, .medium, .high]

  private static let openAI: [Row] = [
    Row(vendor: "openai", quirks: [.maxTokensField("max_completion_tokens"), .takesUser]),
    Row(
      vendor: "openai", models: ["o1", "o3", "o4", "gpt-5"],
      quirks: [
        .refusesSampling, .refusesStop, .systemRole("developer"), .thinking(.effort(.medium, of: upToHigh)),
      ]),
    Row(
      vendor: "openai", models: ["gpt-5"],
      quirks: [.thinking(.effort(.medium, of: [.minimal, .low, .medium, .high]))]),
    Row(
      vendor: "openai", models: ["gpt-5."],
      quirks: [.thinking(.effort(.medium, of: [.none, .low, .medium, .high, .xhigh]))]),
    Row(vendor: "openai", models: ["gpt-3.5", "o1-mini", "o3-mini"], quirks: [.refusesImages]),
  ]

  /// A model not listed here is treated like the newest ones (Claude Opus 4.8, Sonnet 5, Fable 5, Mythos 5): no
  /// sampling options, adaptive thinking whose text is sent only on request, answers of 128,000 tokens.
  private static let anthropic: [Row] = [
    Row(
      vendor: "anthropic",
      quirks: [
        .callIDs(.upTo(64)), .takesUser, .oneSamplingOption, .lowTemperatures, .refusesSampling, .seedField(nil),
        .thinking(.adaptive(display: "summarized", efforts: [.low, .medium, .high, .xhigh, .max])),
        .outputTokens(standard: 32_000, most: 128_000),
      ]),
    Row(vendor: "anthropic", models: ["claude-sonnet-5", "claude-fable", "claude-mythos"], quirks: [.alwaysThinks]),
    Row(
      vendor: "anthropic", models: ["claude-opus-4-6", "claude-sonnet-4-6"],
      quirks: [
        .takesSampling, .thinking(.adaptive(display: nil, efforts: [.low, .medium, .high, .max])),
      ]),
    Row(
      vendor: "anthropic",
      models: [
        "claude-3-7", "claude-opus-4-2", "claude-opus-4-0", "claude-opus-4-1", "claude-opus-4-5", "claude-sonnet-4-2",
        "claude-sonnet-4-0", "claude-sonnet-4-5", "claude-haiku-4-5",
      ], quirks: [.takesSampling, .thinking(.budget)]),
    Row(
      vendor: "anthropic",
      models: ["claude-3-7", "claude-sonnet-4", "claude-haiku-4", "claude-opus-4-5", "claude-opus-4-6"],
      quirks: [.outputTokens(standard: 32_000, most: 64_000)]),
    Row(
      vendor: "anthropic", models: ["claude-opus-4-2", "claude-opus-4-0", "claude-opus-4-1"],
      quirks: [.outputTokens(standard: 16_000, most: 32_000)]),
    Row(
      vendor: "anthropic", models: ["claude-3-5"],
      quirks: [.takesSampling, .thinking(.none), .outputTokens(standard: 8192, most: 8192)]),
    Row(
      vendor: "anthropic",
      models: ["claude-3-opus", "claude-3-sonnet", "claude-3-haiku", "claude-2", "claude-instant"],
      quirks: [.takesSampling, .thinking(.none), .outputTokens(standard: 4096, most: 4096)]),
  ]

  private static let others: [Row] = [
    Row(vendor: "openrouter", quirks: [.thinking(.reasoningObject), .replaysReasoning(.details), .takesUser]),
    Row(vendor: "groq", quirks: [.maxTokensField("max_completion_tokens"), .thinksInText]),
    Row(vendor: "groq", models: ["openai/gpt-oss"], quirks: [.thinking(.effort(.medium, of: upToHigh))]),
    Row(
      vendor: "deepseek",
      quirks: [.thinking(.enabledObject), .replaysReasoning(.field), .refusesImages, .seedField(nil)]),
    Row(
      vendor: "gemini",
      quirks: [
        .refusesSchemaKeywords(["$ref", "$defs", "$schema", "additionalProperties", "examples", "default"]),
        .seedField(nil),
      ]),
    Row(vendor: "gemini", models: ["gemini-2.5", "gemini-3"], quirks: [.thinking(.effort(.medium, of: upToHigh))]),
    Row(
      vendor: "gemini", models: ["gemini-3"], quirks: [.signaturePlaceholder("skip_thought_signature_validator")]),
    Row(
      vendor: "mistral",
      quirks: [.callIDs(.nineAlphanumerics), .seedField("random_seed"), .refusesStreamOptions, .answersBeforeUser]),
    Row(vendor: "xai", models: ["grok-3-mini"], quirks: [.refusesStop, .thinking(.effort(.high, of: [.low, .high]))]),
    Row(vendor: "xai", models: ["grok-4", "grok-code"], quirks: [.refusesStop]),
    Row(vendor: "minimax", quirks: [.thinksInText, .replaysReasoning(.tags), .refusesImages, .seedField(nil)]),
    Row(vendor: "cohere", quirks: [.refusesStreamOptions]),
    Row(vendor: "cohere", models: ["command-a-0", "command-r"], quirks: [.refusesImages]),
    Row(
      vendor: "perplexity",
      quirks: [
        .refusesTools, .refusesStreamOptions, .refusesStop, .seedField(nil), .thinksInText, .answersBeforeUser,
        .hasNoList,
      ]),
  ]

  private static let local: [Row] = ["ollama", "lmstudio", "vllm", "llamacpp"].map {
    Row(vendor: $0, quirks: [.thinksInText])
  }
}
