import ClawCore
import ClawJSON
import ClawTesting
import Testing

@testable import ClawModels

@Suite("Claude's models of 2026")
struct ClaudeModelTests {
  static let newest = ["claude-opus-4-8", "claude-sonnet-5", "claude-fable-5", "claude-mythos-5", "claude-opus-9"]

  private static func body(
    _ model: String, thinking: Bool = false, _ sampling: SamplingOptions = SamplingOptions(),
    _ change: (inout ModelRequest) -> Void = { _ in }
  ) -> JSONValue {
    var request = ModelRequest.hello
    (request.thinking, request.sampling) = (thinking, sampling)
    change(&request)
    return AnthropicRequest(
      origin: ModelReference(provider: "claude", model: model), quirks: ModelQuirks(vendor: "anthropic", model: model),
      request: request, thinkingBudget: 8192
    ).body()
  }

  @Test("are sent no sampling options, which they refuse", arguments: newest + ["claude-opus-4-7"])
  func sampling(_ model: String) {
    let body = Self.body(model, SamplingOptions(temperature: 0.2, topP: 0.5))
    #expect(body["temperature"] == nil && body["top_p"] == nil)
    #expect(Self.body("claude-opus-4-6", SamplingOptions(temperature: 0.2))["temperature"] == 0.2)
  }

  @Test("think adaptively, and are asked to show it", arguments: newest + ["claude-opus-4-7"])
  func thinking(_ model: String) {
    #expect(Self.body(model, thinking: true)["thinking"] == ["type": "adaptive", "display": "summarized"])
    #expect(Self.body(model)["thinking"] == nil)
    #expect(Self.body("claude-opus-4-6", thinking: true)["thinking"] == ["type": "adaptive"])
  }

  @Test("take an effort, in the words that they know")
  func effort() {
    func effort(_ model: String, _ effort: ReasoningEffort) -> JSONValue? {
      Self.body(model, SamplingOptions(reasoningEffort: effort))["output_config"]?["effort"]
    }
    #expect(effort("claude-opus-4-8", .xhigh) == "xhigh")
    #expect(effort("claude-opus-4-6", .xhigh) == "high")
    #expect(effort("claude-sonnet-5", .minimal) == "low")
    #expect(effort("claude-opus-4-8", .none) == nil)
    #expect(Self.body("claude-opus-4-8", SamplingOptions(reasoningEffort: .low))["thinking"] != nil)
    let budget = Self.body("claude-sonnet-4-5", SamplingOptions(reasoningEffort: .high))["thinking"]
    #expect(budget == ["type": "enabled", "budget_tokens": 16_384])
  }

  @Test("may answer at length; those that think unasked have room for it beyond the caller's limit")
  func lengths() {
    #expect(Self.body("claude-opus-4-8")["max_tokens"] == 32_000)
    #expect(Self.body("claude-opus-4-8", SamplingOptions(maxOutputTokens: 500_000))["max_tokens"] == 128_000)
    #expect(Self.body("claude-opus-4-8", SamplingOptions(maxOutputTokens: 500))["max_tokens"] == 500)
    #expect(Self.body("claude-sonnet-5", SamplingOptions(maxOutputTokens: 500))["max_tokens"] == 8692)
    #expect(ModelTable.contextWindow(vendor: "anthropic", model: "claude-sonnet-5") == 1_000_000)
    #expect(ModelTable.contextWindow(vendor: "anthropic", model: "claude-haiku-4-5") == 200_000)
  }

  @Test("get their thoughts back in the tool loop, also those that nobody asked for")
  func replay() {
    let model = "claude-sonnet-5"
    let body = Self.body(model) { request in
      request.tools = [.weather]
      request.exchanges = [.weather(by: ModelReference(provider: "claude", model: model), answer: nil)]
    }
    let types = body["messages"]?[1]?["content"]?.arrayValue?.map { $0["type"]?.stringValue }
    #expect(types == ["thinking", "tool_use"])
    #expect(FakeModelServer.violations(in: body, dialect: .anthropic) == [])
  }

  @Test("the vendor's own list outweighs the table, for the window and for the longest answer")
  func listed() async throws {
    try await Bench.run { bench in
      let list = #"{"data":[{"id":"claude-sonnet-4-5","max_input_tokens":123456,"max_tokens":7777}]}"#
      bench.server.listReply(.status(200, body: list))
      _ = try await bench.router.list(provider: "claude")
      #expect(bench.router.contextWindow(of: Bench.claude) == 123_456)
      _ = try await bench.ask(.hello, Bench.claude)
      #expect(bench.server.requests[0].body["max_tokens"] == 7777)
    }
  }

  @Test("an effort reaches the models of OpenAI's dialect in the words that each knows")
  func openAIEffort() {
    func body(_ vendor: String?, _ model: String, _ effort: ReasoningEffort?, thinking: Bool = false) -> JSONValue {
      var request = ModelRequest.hello
      (request.thinking, request.sampling.reasoningEffort) = (thinking, effort)
      return OpenAIRequest(
        origin: ModelReference(provider: "p", model: model), quirks: ModelQuirks(vendor: vendor, model: model),
        request: request
      ).body()
    }
    #expect(body("openai", "o3", .minimal)["reasoning_effort"] == "low")
    #expect(body("openai", "gpt-5-mini", .minimal)["reasoning_effort"] == "minimal")
    #expect(body("openai", "gpt-5-mini", nil)["reasoning_effort"] == nil)
    #expect(body("openai", "gpt-4o", .high)["reasoning_effort"] == nil)
    #expect(body("xai", "grok-3-mini", .medium)["reasoning_effort"] == "low")
    #expect(body(nil, "anything", .high)["reasoning_effort"] == "high")
    #expect(body(nil, "anything", nil, thinking: true)["reasoning_effort"] == nil)
    #expect(body("openrouter", "x/y", .max)["reasoning"] == ["effort": "xhigh"])
    #expect(body("deepseek", "deepseek-chat", .low)["thinking"] == ["type": "enabled"])
    #expect(body("deepseek", "deepseek-chat", ReasoningEffort.none, thinking: true)["thinking"] == nil)
  }
}
