import ClawCore
import ClawJSON
import ClawTesting
import Foundation
import Testing

@testable import ClawModels

/// One file per vendor: what a fixed conversation becomes. A change of one vendor's requests shows in its file, and
/// a change in another's shows too.
@Suite("Golden requests")
struct GoldenRequestTests {
  /// A conversation with everything in it: earlier tool use by the same model, pictures, an odd id, all options.
  static func request(for origin: ModelReference, payload: JSONValue) -> ModelRequest {
    var request = ModelRequest(
      system: "You are the weather desk.", systemSuffix: "It is Monday.",
      turns: [
        .weather(id: "call_1.odd", by: origin, payload: payload),
        Turn(input: [UserMessage(parts: [.text("What is this?"), .image(url: "data:image/png;base64,AAAA")])]),
      ], tools: [.weather], thinking: true, conversation: "c-0123")
    request.turns.insert(.weather("Never mind.", id: "aB3dE6gH9", answer: nil), at: 1)
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

  /// The presets with their default models, and some models that differ from their vendor's others.
  static let cases: [(vendor: String, model: String)] =
    ProviderPreset.all.map { ($0.name, $0.defaultModel.isEmpty ? "local-model" : $0.defaultModel) } + [
      ("openai", "o3"), ("openai", "gpt-5-mini"), ("gemini", "gemini-3-pro-preview"), ("groq", "openai/gpt-oss-120b"),
      ("anthropic", "claude-opus-4-6"), ("anthropic", "claude-3-5-haiku-latest"), ("xai", "grok-4"),
    ]

  @Test("L23: each vendor's request is the one in its file", arguments: cases)
  func golden(vendor: String, model: String) throws {
    let preset = try #require(ProviderPreset.named(vendor))
    let body = Self.body(ProviderConfiguration(preset: preset, apiKey: "k"), model)
    let name = "request-\(vendor)-\(model.replacing("/", with: "_")).json"
    let file = Fixtures.folder.appendingPathComponent(name)
    if ProcessInfo.processInfo.environment["CLAW_WRITE_FIXTURES"] == "1" {
      let object = try JSONSerialization.jsonObject(with: Data(body.serialized()))
      let options: JSONSerialization.WritingOptions = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      try (JSONSerialization.data(withJSONObject: object, options: options) + Data("\n".utf8)).write(to: file)
    }
    #expect(try body == Fixtures.json(name))
    #expect(FakeModelServer.violations(in: body, dialect: preset.dialect == .anthropic ? .anthropic : .openAI) == [])
  }

  @Test("a second account of a vendor under another name is treated like the first")
  func secondAccount() {
    let provider = ProviderConfiguration(
      name: "mistral-work", dialect: .openAI, baseURL: "https://api.mistral.ai/v1/", defaultModel: "mistral-small")
    #expect(provider.vendor == "mistral")
    #expect(ModelQuirks(vendor: provider.vendor, model: "mistral-small").callIDs == .nineAlphanumerics)
  }
}
