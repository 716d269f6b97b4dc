import ClawCore

/// A provider's API in one dialect. A call is one attempt: no retry, no failover.
protocol ModelClient: Sendable {
  /// - Throws: ``ModelFailure``, ``ObserverFailure`` or `CancellationError`.
  func reply(
    to request: ModelRequest, model: String, adjustments: RequestAdjustments,
    observe: @escaping ModelTransport.Observer
  ) async throws -> ModelReply

  /// The models that the provider lists, at most ``ModelList/limit``.
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
