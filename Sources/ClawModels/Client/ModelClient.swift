import ClawCore

/// One provider behind its dialect. A call is one attempt: no retry, no other model.
protocol ModelClient: Sendable {
  /// - Throws: ``ModelFailure``, ``ObserverFailure`` or `CancellationError`.
  func reply(
    to request: ModelRequest, model: String, adjustments: RequestAdjustments,
    observe: @escaping ModelTransport.Observer
  ) async throws -> ModelReply

  /// The models that the provider says it has; the bound is ``ModelList/limit``.
  /// - Throws: ``ModelFailure`` or `CancellationError`.
  func models() async throws -> [ListedModel]
}

extension ModelClient {
  func reply(
    to request: ModelRequest, model: String, observe: @escaping ModelTransport.Observer
  ) async throws -> ModelReply {
    try await reply(to: request, model: model, adjustments: RequestAdjustments(), observe: observe)
  }
}
