/// A part of a request that can be left out, should the provider not take it.
enum OptionalField: Sendable, Hashable, CaseIterable {
  case temperature, topP, stop, seed, maxTokens, maxCompletionTokens, streamOptions, user
  /// Whatever asks for thinking, or says how much.
  case thinking

  /// Its names at the top of a request, in all dialects.
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

/// What a request leaves out or bounds, beside what the table of quirks says: learnt from the provider itself.
struct RequestAdjustments: Sendable, Hashable {
  var omitted: Set<OptionalField> = []
  /// The longest answer of the model, in tokens, as its vendor lists it.
  var mostOutputTokens: Int?
}
