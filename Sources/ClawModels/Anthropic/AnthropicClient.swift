import AsyncHTTPClient
import ClawCore
import ClawJSON

/// Anthropic's Messages API.
struct AnthropicClient: ModelClient {
  let provider: ProviderConfiguration
  let transport: ModelTransport
  let thinkingBudget: Int

  func reply(
    to request: ModelRequest, model: String, adjustments: RequestAdjustments,
    observe: @escaping ModelTransport.Observer
  ) async throws -> ModelReply {
    let origin = ModelReference(provider: provider.name, model: model)
    let outgoing = AnthropicRequest(
      origin: origin, quirks: ModelQuirks(vendor: provider.vendor, model: model), request: request,
      thinkingBudget: thinkingBudget, adjustments: adjustments)
    let body = outgoing.body()
    let call = try provider.request(
      .POST, url: "\(base)/messages", headers: headers + [("accept", "text/event-stream")], body: body.serialized())
    let decoder = AnthropicReply(origin: origin, request: request)
    do {
      let sequences = request.sampling.stop
      if !outgoing.stopsAtProvider(sequences), let cutter = StopCutter(sequences) {
        let stopped = StoppedReply(decoder, cutter: cutter, origin: origin)
        return try await transport.stream(call, decoder: stopped, observe: observe)
      }
      return try await transport.stream(call, decoder: decoder, observe: observe)
    } catch let failure as ModelFailure {
      throw failure.refusing(fieldsOf: body)
    }
  }

  func models() async throws -> [ListedModel] {
    let request = try provider.request(.GET, url: "\(base)/models?limit=1000", headers: headers)
    return try ModelList.read(
      await transport.fetch(request, limit: ModelList.byteLimit, timeout: transport.timeouts.list))
  }

  /// With `/v1`, whether it was configured with it or not.
  private var base: String {
    let base = provider.trimmedBaseURL
    return base.endsWith("/v1") ? base : base + "/v1"
  }

  private var headers: [(String, String)] {
    provider.keyHeader("x-api-key") + [("anthropic-version", "2023-06-01")]
  }
}
