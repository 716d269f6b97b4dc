import ClawCore
import ClawJSON
import ClawProtocol

/// OpenAI parameters that are not supported and must not be ignored, because the answer would differ.
enum ChatCompletionSupport {
  /// - Throws: 400 naming the parameter.
  static func check(_ body: ChatCompletionRequest) throws(HTTPFailure) {
    if let n = body.n, n != 1 { throw .unsupported("only n = 1 is supported", param: "n") }
    for (isUsed, name) in used(in: body) where isUsed {
      throw .unsupported("\(name) is not supported", param: name)
    }
    try checkRanges(body)
  }

  private static func used(in body: ChatCompletionRequest) -> [(Bool, String)] {
    [
      (body.tools?.isEmpty == false, "tools"),
      (isChoice(body.tool_choice), "tool_choice"),
      (body.functions?.isEmpty == false, "functions"),
      (isChoice(body.function_call), "function_call"),
      (body.logprobs == true, "logprobs"),
      ((body.top_logprobs ?? 0) > 0, "top_logprobs"),
      (body.logit_bias?.isEmpty == false, "logit_bias"),
      ((body.frequency_penalty ?? 0) != 0, "frequency_penalty"),
      ((body.presence_penalty ?? 0) != 0, "presence_penalty"),
      (body.modalities?.contains { $0 != "text" } == true, "modalities"),
      (isThere(body.audio), "audio"),
      (isThere(body.web_search_options), "web_search_options"),
      // The agent's own tools run in parallel; only the agent decides on that.
      (body.parallel_tool_calls == false, "parallel_tool_calls"),
      (body.verbosity.map { $0 != "medium" } ?? false, "verbosity"),
    ]
  }

  private static func isThere(_ value: JSONValue?) -> Bool { value.map { !$0.isNull } ?? false }

  /// Whether a function is selected; there are none, so `none` and `auto` have no effect.
  private static func isChoice(_ value: JSONValue?) -> Bool {
    switch value {
    case nil, .null?, .string("none")?, .string("auto")?: false
    default: true
    }
  }

  private static func checkRanges(_ body: ChatCompletionRequest) throws(HTTPFailure) {
    if let value = body.temperature, !(0...2).contains(value) {
      throw .invalid("temperature must be 0 to 2", param: "temperature")
    }
    if let value = body.top_p, !(0...1).contains(value) { throw .invalid("top_p must be 0 to 1", param: "top_p") }
    if let value = body.max_tokens, value < 1 { throw .invalid("max_tokens must be at least 1", param: "max_tokens") }
    if let value = body.max_completion_tokens, value < 1 {
      throw .invalid("max_completion_tokens must be at least 1", param: "max_completion_tokens")
    }
    if let effort = body.reasoning_effort, ReasoningEffort(rawValue: effort) == nil {
      let known = ReasoningEffort.allCases.map(\.rawValue).joined(separator: ", ")
      throw .invalid("reasoning_effort must be one of \(known)", param: "reasoning_effort")
    }
    if let stop = body.stop, stop.texts.count > 4 { throw .invalid("stop takes at most 4 texts", param: "stop") }
  }
}
