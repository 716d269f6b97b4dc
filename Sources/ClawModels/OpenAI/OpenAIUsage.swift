import ClawCore
import ClawJSON

/// Reads token counts in the vendors' formats.
enum OpenAIUsage {
  static func read(_ chunk: JSONValue) -> TokenUsage? {
    guard let usage = counted(chunk["usage"]) ?? counted(chunk["x_groq"]?["usage"]) else { return nil }
    let cached =
      usage["prompt_tokens_details"]?["cached_tokens"]?.intValue ?? usage["prompt_cache_hit_tokens"]?.intValue ?? 0
    let input = usage["prompt_tokens"]?.intValue ?? 0
    var output = usage["completion_tokens"]?.intValue ?? 0
    // xAI counts reasoning separately from the answer; the total shows it.
    if let total = usage["total_tokens"]?.intValue, total > input &+ output,
      let reasoning = usage["completion_tokens_details"]?["reasoning_tokens"]?.intValue,
      total == input &+ output &+ reasoning
    {
      output = total &- input
    }
    return TokenUsage(inputTokens: input, outputTokens: output, cachedInputTokens: min(cached, input))
  }

  private static func counted(_ value: JSONValue?) -> JSONValue? {
    value?["prompt_tokens"] != nil || value?["completion_tokens"] != nil ? value : nil
  }
}
