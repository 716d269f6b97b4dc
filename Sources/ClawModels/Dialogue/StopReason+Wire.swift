import ClawCore
import ClawJSON

extension StopReason {
  /// Maps the finish reasons of all dialects. An unknown one is classified by what it contains: one that indicates an
  /// error is never treated as a complete answer.
  /// - Throws: ``ModelFailure`` if the answer ended with an error.
  init(wire word: String) throws(ModelFailure) {
    let word = word.lowercased()
    if let known = Self.words[word] {
      self = known
      return
    }
    if Self.failures.contains(where: word.contains) {
      throw ModelFailure(.unavailable, detail: "the provider ended the answer with \"\(word.prefix(64))\"")
    }
    self = Self.parts.first { word.contains($0.part) }?.reason ?? .stop
  }

  private static let words: UTF8Dictionary<StopReason> = [
    "stop": .stop, "eos": .stop, "end_turn": .stop, "stop_sequence": .stop, "pause_turn": .stop,
    "length": .length, "max_tokens": .length, "model_length": .length, "max_output_tokens": .length,
    "model_context_window_exceeded": .length, "tool_calls": .toolCalls, "function_call": .toolCalls,
    "tool_use": .toolCalls, "content_filter": .contentFilter, "refusal": .contentFilter, "safety": .contentFilter,
    "recitation": .contentFilter, "sensitive": .contentFilter,
  ]

  /// `abort` and `error` (SGLang, OpenRouter), `network_error` (Zhipu GLM), `insufficient_system_resource` (DeepSeek),
  /// `malformed_function_call` (Gemini), from their documentation and from bug reports.
  private static let failures = [
    "error", "abort", "fail", "cancel", "timeout", "timed_out", "interrupt", "disconnect", "overload", "malformed",
    "insufficient", "unavailable", "unexpected",
  ]

  private static let parts: [(part: String, reason: StopReason)] = [
    ("filter", .contentFilter), ("safety", .contentFilter), ("sensitive", .contentFilter), ("policy", .contentFilter),
    ("prohibited", .contentFilter), ("blocklist", .contentFilter), ("spii", .contentFilter),
    ("length", .length), ("limit", .length), ("max_", .length), ("exceed", .length),
  ]
}
