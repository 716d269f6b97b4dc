import ClawCore
import ClawProtocol

/// Checks whether the first model to be used supports a chat completion's parameters.
struct ModelSupport: Sendable {
  let services: ServerServices
  let principal: Principal

  /// - Throws: 400 naming the parameter or the image.
  func check(
    _ sampling: SamplingOptions, _ messages: [ChatCompletionMessage], for choice: AgentChoice.Result
  ) async throws {
    let image = Self.firstImage(in: messages)
    guard sampling != SamplingOptions() || image != nil else { return }
    let models = try await services.models.models(of: principal.tenant)
    guard let model = try await model(of: choice, among: models) else { return }
    if let option = models.unsupportedOptions(of: sampling, for: model).first {
      let name = Self.parameter(option)
      throw HTTPFailure.unsupported("the model \(model) does not honour this \(name); leave it out", param: name)
    }
    if let image, !models.takesImages(model) {
      throw HTTPFailure.unsupported("the model \(model) takes no images", param: image)
    }
  }

  /// Nil for an unknown agent, which is detected when the message is accepted.
  private func model(
    of choice: AgentChoice.Result, among models: any ModelService
  ) async throws -> ModelReference? {
    if let name = choice.model { return await models.find(name) }
    do {
      return try await services.agents.agent(choice.agent, as: principal).model
    } catch let error as ClawError where error.code == .notFound {
      return nil
    }
  }

  private static func firstImage(in messages: [ChatCompletionMessage]) -> String? {
    for (index, message) in messages.enumerated() {
      guard case .parts(let parts)? = message.content, let part = parts.firstIndex(where: { $0.image_url != nil })
      else { continue }
      return "messages[\(index)].content[\(part)]"
    }
    return nil
  }

  private static func parameter(_ option: SamplingOption) -> String {
    switch option {
    case .temperature: "temperature"
    case .topP: "top_p"
    case .maxOutputTokens: "max_completion_tokens"
    case .stop: "stop"
    case .seed: "seed"
    case .responseFormat: "response_format"
    case .reasoningEffort: "reasoning_effort"
    }
  }
}
