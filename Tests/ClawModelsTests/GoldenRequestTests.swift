import ClawCore
import ClawJSON
import ClawTesting
import Foundation
import Testing

@testable import ClawModels

/// One file per vendor: the request for a fixed conversation. A change of a vendor's requests shows in its file.
@Suite("Golden requests")
struct GoldenRequestTests {
  /// A conversation with all features: earlier tool use by the same model, images, an unusual id, all options.
  static func request(for origin: ModelReference, payload: JSONValue) -> ModelRequest {
    var request = ModelRequest(
      system: "You are the weather desk.", systemSuffix: "It is Monday.",
      exchanges: [
        .weather(id: "call_1.odd", by: origin, payload: payload),
        Exchange(input: [UserMessage(parts: [.text("What is this?"), .image(url: "data:image/png;base64,AAAA")])]),
      ], tools: [.weather], thinking: true, conversation: "c-0123")
    request.exchanges.insert(.weather("Never mind.", id: "aB3dE6gH9", answer: nil), at: 1)
    request.sampling = SamplingOptions(
      temperature: 0.5, topP: 0.9, maxOutputTokens: 2000, stop: ["END"], seed: 7,
      responseFormat: ["type": "json_object"])
    return request
  }

  static func body(_ provider: ProviderConfiguration, _ model: String) -> JSONValue {
    let origin = ModelReference(provider: provider.name, model: model)
    let quirks = ModelQuirks(vendor: provider.vendor, model: model)
    if provider.dialect == .anthropic {
      let payload: JSONValue = ["type": "thinking", "thinking": "Look it up.", "signature": "sig"]
      return AnthropicRequest(
        origin: origin, quirks: quirks, request: request(for: origin, payload: payload), thinkingBudget: 4096
      ).body()
    }
    let payload: JSONValue =
      quirks.reasoningReplay == .details
      ? ["type": "reasoning_details", "details": [["type": "reasoning.text", "text": "Look it up.", "index": 0]]]
      : ["type": "reasoning", "text": "Look it up."]
    return OpenAIRequest(origin: origin, quirks: quirks, request: request(for: origin, payload: payload)).body()
  }

  /// The presets with their default models, and models that differ from their vendor's others.
  static let cases: [(vendor: String, model: String)] =
    ProviderPreset.all.map { ($0.name, $0.defaultModel.isEmpty ? "local-model" : $0.defaultModel) } + [
      ("openai", "o3"), ("openai", "gpt-5-mini"), ("gemini", "gemini-3-pro-preview"), ("groq", "openai/gpt-oss-120b"),
      ("anthropic", "claude-opus-4-6"), ("anthropic", "claude-3-5-haiku-latest"), ("xai", "grok-4"),
      ("anthropic", "claude-opus-4-8"), ("anthropic", "claude-sonnet-5"), ("anthropic", "claude-fable-5"),
    ]

  private static func write(_ body: JSONValue, to file: URL) throws {
    let object = try JSONSerialization.jsonObject(with: Data(body.serialized()))
    let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try (JSONSerialization.data(withJSONObject: object, options: options) + Data("\n".utf8)).write(to: file)
  }

  @Test("L23: each vendor's request is the one in its file", arguments: cases)
  func golden(vendor: String, model: String) throws {
    let preset = try #require(ProviderPreset.named(vendor))
    let body = Self.body(ProviderConfiguration(preset: preset, apiKey: "k"), model)
    let name = "request-\(vendor)-\(model.replacing("/", with: "_")).json"
    let file = Fixtures.folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["CLAW_WRITE_FIXTURES"] == "1" {
      try Self.write(body, to: file)
    }
    #expect(try body == Fixtures.json(name))
    #expect(FakeModelServer.violations(in: body, dialect: preset.dialect == .anthropic ? .anthropic : .openAI) == [])
  }

  @Test("a server of which nothing is known gets the plain dialect")
  func plain() throws {
    let provider = ProviderConfiguration(
      name: "openai", dialect: .openAI, baseURL: "https://llm.example/v1", defaultModel: "my-model")
    let body = Self.body(provider, "my-model")
    let name = "request-plain-my-model.json"
    if ProcessInfo.processInfo.environment["CLAW_WRITE_FIXTURES"] == "1" {
      try Self.write(body, to: Fixtures.folder.appendingPathComponent(name))
    }
    #expect(try body == Fixtures.json(name))
    #expect(body["max_tokens"] == 2000 && body["user"] == nil)
    #expect(FakeModelServer.violations(in: body, dialect: .openAI) == [])
  }

  @Test(
    "a vendor's rules apply on its own host, or where the configuration says so",
    arguments: [
      ("mistral-work", "https://api.mistral.ai/v1/", nil, "mistral"),
      ("openai", "https://api.openai.com/v1", nil, "openai"),
      ("openai", "https://eu.api.openai.com/v1", nil, "openai"), ("openai", "http://127.0.0.1:8000/v1", nil, nil),
      ("openai", "https://api.openai.com.example/v1", nil, nil), ("work", "https://notapi.openai.com/v1", nil, nil),
      ("work", "https://llm.example/v1", "openai", "openai"), ("openai", "https://api.openai.com/v1", "plain", nil),
      ("openai", "https://user@API.OpenAI.com:443/v1", nil, "openai"), ("ollama", "http://box:11434/v1", nil, "ollama"),
    ] as [(String, String, String?, String?)])
  func vendors(_ name: String, _ url: String, _ rules: String?, _ vendor: String?) {
    let provider = ProviderConfiguration(
      name: name, dialect: .openAI, baseURL: url, defaultModel: "m", rules: rules)
    #expect(provider.vendor == vendor)
  }

  @Test("whoever speaks Anthropic's dialect is taken for Claude, under whatever name and address")
  func claude() {
    let provider = ProviderConfiguration(
      name: "proxy", dialect: .anthropic, baseURL: "https://llm.example", defaultModel: "claude-opus-4-8")
    #expect(provider.vendor == "anthropic")
  }
}
