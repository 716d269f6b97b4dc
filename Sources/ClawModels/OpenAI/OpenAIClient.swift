import AsyncHTTPClient
import ClawCore
import ClawJSON

/// A provider with `/chat/completions`.
struct OpenAIClient: ModelClient {
  let provider: ProviderConfiguration
  let transport: ModelTransport

  func reply(
    to request: ModelRequest, model: String, adjustments: RequestAdjustments,
    observe: @escaping ModelTransport.Observer
  ) async throws -> ModelReply {
    let origin = ModelReference(provider: provider.name, model: model)
    let quirks = ModelQuirks(vendor: provider.vendor, model: model)
    let outgoing = OpenAIRequest(origin: origin, quirks: quirks, request: request, adjustments: adjustments)
    let body = outgoing.body()
    let call = try provider.request(
      .POST, url: "\(provider.trimmedBaseURL)/chat/completions",
      headers: authorization + [("accept", "text/event-stream")], body: body.serialized())
    let decoder = OpenAIReply(origin: origin, quirks: quirks, request: request)
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
    guard ModelQuirks(vendor: provider.vendor, model: "").hasList else {
      return [ListedModel(id: provider.defaultModel)]
    }
    let request = try provider.request(
      .GET, url: "\(provider.trimmedBaseURL)/models", headers: authorization + [("accept", "application/json")])
    return try ModelList.read(
      await transport.fetch(request, limit: ModelList.byteLimit, timeout: transport.timeouts.list))
  }

  private var authorization: [(String, String)] { provider.keyHeader("authorization", prefix: "Bearer ") }
}
