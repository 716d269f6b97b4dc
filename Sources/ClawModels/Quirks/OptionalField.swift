/// An optional part of a request, omitted if the provider rejects it.
enum OptionalField: Sendable, Hashable, CaseIterable {
  case temperature, topP, stop, seed, maxTokens, maxCompletionTokens, streamOptions, user
  /// Any parameter that enables thinking or sets its amount.
  case thinking

  /// Its top-level names in all dialects.
  var names: [String] {
    switch self {
    case .temperature: ["temperature"]
    case .topP: ["top_p"]
    case .stop: ["stop", "stop_sequences"]
    case .seed: ["seed", "random_seed"]
    case .maxTokens: ["max_tokens"]
    case .maxCompletionTokens: ["max_completion_tokens"]
    case .streamOptions: ["stream_options"]
    case .user: ["user", "metadata"]
    case .thinking: ["thinking", "reasoning_effort", "reasoning", "output_config"]
    }
  }
}

/// Changes to a request beyond the table of quirks, learned from the provider.
struct RequestAdjustments: Sendable, Hashable {
  var omitted: Set<OptionalField> = []
  /// The model's longest answer in tokens, as its vendor lists it.
  var mostOutputTokens: Int?
}
