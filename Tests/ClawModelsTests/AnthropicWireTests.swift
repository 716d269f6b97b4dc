import ClawCore
import ClawJSON
import ClawTesting
import Testing

@testable import ClawModels

@Suite("The Anthropic dialect over the wire")
struct AnthropicWireTests {
  static let thinkingRequest: ModelRequest = {
    var request = ModelRequest.hello
    request.thinking = true
    request.tools = [.weather]
    request.sampling.temperature = 0.3
    return request
  }()

  @Test("text, thinking and a call; the usage counts what came from the cache")
  func everything() async throws {
    try await Bench.run { bench in
      let recorder = Recorder()
      bench.server.enqueue(
        FakeReply([
          .thinking("Let me "), .thinking("look."), .text("One "), .text("moment."),
          .call(id: "toolu_1", name: "weather", arguments: #"{"place":"Oslo"}"#),
        ]).usage(.init(input: 100, output: 30, cached: 80)))
      let reply = try await bench.ask(Self.thinkingRequest, Bench.claude, into: recorder)
      #expect(recorder.events == [.thinking("Let me "), .thinking("look."), .text("One "), .text("moment.")])
      #expect(reply.text == "One moment.")
      #expect(reply.calls == [ToolCall(id: "toolu_1", name: "weather", arguments: ["place": "Oslo"])])
      #expect(reply.stopReason == .toolCalls)
      #expect(reply.usage == TokenUsage(inputTokens: 100, outputTokens: 30, cachedInputTokens: 80))
      let kept: JSONValue = ["type": "thinking", "thinking": "Let me look.", "signature": "signed-by-fake"]
      #expect(reply.providerParts == [ProviderPart(origin: Bench.claude, payload: kept)])
      #expect(bench.server.violations.isEmpty)
    }
  }

  @Test("L18: signed thinking goes back to the model that made it, byte for byte, and to no other")
  func replay() async throws {
    try await Bench.run { bench in
      bench.server.enqueue(FakeReply([.thinking("Hm."), .call(id: "t1", name: "weather", arguments: "{}")]))
      var request = Self.thinkingRequest
      let first = try await bench.ask(request, Bench.claude)
      let done = first.calls.map { CompletedCall(call: $0, result: ToolResult(content: "cold")) }
      request.exchanges[0].answer(with: Round(text: first.text, providerParts: first.providerParts, calls: done))
      _ = try await bench.ask(request, Bench.claude)
      let other = ModelReference(provider: "claude", model: "claude-opus-4-5")
      _ = try await bench.ask(request, other)
      _ = try await bench.ask(request, Bench.main)
      #expect(bench.server.violations.isEmpty)
      let bodies = bench.server.requests.map { $0.body.serializedString() }
      #expect(bodies[1].contains(#"{"signature":"signed-by-fake","thinking":"Hm.","type":"thinking"}"#))
      #expect(bodies[1].contains("budget_tokens"))
      #expect(!bodies[2].contains("signed-by-fake") && !bodies[2].contains("budget_tokens"))
      #expect(!bodies[3].contains("signed-by-fake"))
    }
  }

  @Test("thinking that only the vendor can read is kept")
  func redacted() async throws {
    try await Bench.run { bench in
      let block: JSONValue = ["type": "redacted_thinking", "data": "AAAA"]
      bench.server.enqueue(
        FakeReply([
          .raw(["type": "content_block_start", "index": 7, "content_block": block]),
          .raw(["type": "something_new", "index": 7]), .text("ok"),
        ]))
      let reply = try await bench.ask(Self.thinkingRequest, Bench.claude)
      #expect(reply.providerParts.map(\.payload) == [block])
      #expect(reply.text == "ok")
    }
  }

  @Test("the results of a round, and what the user says next, are one message with the results first")
  func mergedResults() async throws {
    try await Bench.run { bench in
      let calls = ["a", "b"].map { id in
        CompletedCall(
          call: ToolCall(id: id, name: "weather", arguments: [:]), result: ToolResult(content: "", isError: id == "b"))
      }
      var request = ModelRequest.hello
      request.exchanges = [
        Exchange(input: [UserMessage("go")], rounds: [Round(text: "", calls: calls)]),
        Exchange(input: [UserMessage("stop")]),
      ]
      _ = try await bench.ask(request, Bench.claude)
      #expect(bench.server.violations.isEmpty)
      let last = bench.server.requests[0].messages.last?["content"]?.arrayValue ?? []
      #expect(last.map { $0["type"]?.stringValue } == ["tool_result", "tool_result", "text"])
      #expect(last[1]["is_error"] == true)
    }
  }

  @Test("a message between two rounds is in one message with the results before it, behind them")
  func messageBetweenRounds() async throws {
    try await Bench.run { bench in
      var request = ModelRequest.hello
      request.exchanges = [.steered]
      _ = try await bench.ask(request, Bench.claude)
      #expect(bench.server.violations.isEmpty)
      let messages = bench.server.requests[0].messages
      #expect(messages.map { $0["role"]?.stringValue } == ["user", "assistant", "user", "assistant", "user"])
      let between = messages[2]["content"]?.arrayValue ?? []
      #expect(between.map { $0["type"]?.stringValue } == ["tool_result", "text", "text"])
      #expect(between.compactMap { $0["text"]?.stringValue } == ["in Rome", "and in Paris"])
      #expect(messages[4]["content"]?.arrayValue?.compactMap { $0["text"]?.stringValue } == ["thanks"])
    }
  }

  @Test("an answer reads the same however it is put into bytes", arguments: OpenAIWireTests.wires)
  func wireForms(_ wire: OpenAIWireTests.Wire) async throws {
    try await Bench.run { bench in
      let call = FakeReply.Piece.call(id: "t", name: "weather", arguments: #"{"place":"東京"}"#)
      bench.server.enqueue(wire.reply(FakeReply([.text("Grüße "), .text("😀"), call])))
      let reply = try await bench.ask(.hello, Bench.claude)
      #expect(reply.text == "Grüße 😀")
      #expect(reply.calls.map(\.arguments) == [["place": "東京"]])
      #expect(reply.stopReason == .toolCalls)
    }
  }

  @Test("L22: a stream without its end is an error", arguments: [true, false])
  func cut(closesSocket: Bool) async throws {
    try await Bench.run { bench in
      let reply = FakeReply.text("one two three")
      bench.server.enqueue(closesSocket ? reply.cut(after: 2) : reply.endingEarly(after: 2))
      let error = try #require(try await bench.failure(.hello, Bench.claude))
      #expect(error.code == .unavailable)
    }
  }

  @Test("an overloaded vendor, as a status and inside the stream")
  func overloaded() async throws {
    try await Bench.run { bench in
      let body: JSONValue = ["type": "error", "error": ["type": "overloaded_error", "message": "Overloaded"]]
      bench.server.enqueue(
        .status(529, body: body.serializedString()),
        .text("x").failing(after: 0, ["type": "overloaded_error", "message": "Overloaded"]))
      for _ in 0..<2 {
        let error = try #require(try await bench.failure(.hello, Bench.claude))
        #expect(error.code == .unavailable)
        #expect(error.kind == .provider)
      }
    }
  }

  @Test("length and refusal, and a call cut by the length is left out")
  func stopReasons() async throws {
    try await Bench.run { bench in
      let cut = FakeReply.Piece.call(id: "b", name: "two", arguments: #"{"x": "unfinis"#)
      bench.server.enqueue(FakeReply([.text("So "), cut]).finishing("length"), .text("no").finishing("content_filter"))
      let first = try await bench.ask(.hello, Bench.claude)
      #expect(first.stopReason == .length)
      #expect(first.calls.isEmpty)
      let answer = try await bench.ask(.hello, Bench.claude)
      #expect(answer.stopReason == .contentFilter)
    }
  }

  @Test("tools, system and turns are marked for the cache; what changes stands behind the mark")
  func cacheMarks() {
    var request = ModelRequest.hello
    request.systemSuffix = "It is Monday."
    request.tools = [.weather]
    request.exchanges = [.weather(), Exchange(input: [UserMessage("And now?")])]
    let body = AnthropicRequest(
      origin: Bench.claude, quirks: ModelQuirks(vendor: "anthropic", model: Bench.claude.model), request: request,
      thinkingBudget: 8192
    ).body()
    let mark: JSONValue = ["type": "ephemeral"]
    #expect(body["system"]?[0]?["cache_control"] == mark)
    #expect(body["system"]?[1] == ["type": "text", "text": "It is Monday."])
    #expect(body["tools"]?[0]?["cache_control"] == mark)
    let marked = (body["messages"]?.arrayValue ?? []).map { message in
      message["content"]?.arrayValue?.contains { $0["cache_control"] == mark } ?? false
    }
    #expect(marked == [false, false, false, true, true])
  }

  @Test("the caller's limit is for the answer; thinking comes on top, as far as the model goes")
  func budgets() {
    func plan(_ limit: Int?, model: String = "claude-sonnet-4-5", budget: Int = 8192) -> JSONValue {
      var request = Self.thinkingRequest
      request.sampling.maxOutputTokens = limit
      return AnthropicRequest(
        origin: ModelReference(provider: "claude", model: model),
        quirks: ModelQuirks(vendor: "anthropic", model: model), request: request, thinkingBudget: budget
      ).body()
    }
    #expect(plan(500)["max_tokens"] == 8692)
    #expect(plan(500)["thinking"] == ["type": "enabled", "budget_tokens": 8192])
    #expect(plan(500)["temperature"] == nil)
    #expect(plan(60_000)["max_tokens"] == 64_000)
    #expect(plan(60_000)["thinking"]?["budget_tokens"] == 4000)
    #expect(plan(63_500)["thinking"] == nil)
    #expect(plan(63_500)["temperature"] == 0.3)
    #expect(plan(99_000)["max_tokens"] == 64_000)
    #expect(plan(500, model: "claude-3-5-haiku-latest")["thinking"] == nil)
    #expect(plan(500, model: "claude-opus-4-6")["thinking"] == ["type": "adaptive"])
    #expect(plan(nil, model: "claude-3-haiku-20240307")["max_tokens"] == 4096)
  }
}
