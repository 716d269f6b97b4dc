import ClawCore
import ClawProtocol

extension SamplingOptions {
  init(_ body: ChatCompletionRequest) {
    self.init(
      temperature: body.temperature, topP: body.top_p,
      maxOutputTokens: body.max_completion_tokens ?? body.max_tokens, stop: body.stop?.texts ?? [],
      seed: body.seed, responseFormat: body.response_format.flatMap { $0.isNull ? nil : $0 },
      reasoningEffort: body.reasoning_effort.flatMap(ReasoningEffort.init(rawValue:)))
  }
}
