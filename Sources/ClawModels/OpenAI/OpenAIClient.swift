import AsyncHTTPClient
import ClawCore
import ClawJSON

/// A provider that speaks `/chat/completions`.
struct OpenAIClient: ModelClient {
  let provider: ProviderConfiguration
  let transport: ModelTransport

  func reply(
    to request: ModelRequest, model: String, observe: @escaping ModelTransport.Observer
  ) async throws -> ModelReply {
    let origin = ModelReference(provider: provider.name, model: model)
    let quirks = ModelQuirks(vendor: provider.vendor, model: model)
    let body = OpenAIRequest(origin: origin, quirks: quirks, request: request).body().serialized()
    let outgoing = try provider.request(
      .POST, url: "\(provider.trimmedBaseURL)/chat/completions",
      headers: authorization + [("accept", "text/event-stream")], body: body)
    return try await transport.stream(
      outgoing, decoder: OpenAIReply(origin: origin, quirks: quirks, request: request), observe: observe)
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
