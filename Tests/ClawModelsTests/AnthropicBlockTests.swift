import ClawCore
import ClawJSON
import ClawTesting
import Testing

@testable import ClawModels

@Suite("Blocks that imitators of Anthropic's interface get wrong")
struct AnthropicBlockTests {
  private static let text: JSONValue = ["type": "text", "text": ""]

  private static func call(_ id: String, _ name: String) -> JSONValue {
    ["type": "tool_use", "id": .string(id), "name": .string(name), "input": [:]]
  }

  private static func arguments(_ index: Int, _ text: String) -> JSONValue {
    SSEBody.delta(index, ["type": "input_json_delta", "partial_json": .string(text)])
  }

  @Test("deltas without a start open a block")
  func noStart() async throws {
    try await Bench.run { bench in
      let recorder = Recorder()
      bench.server.enqueue(
        SSEBody.anthropic(
          SSEBody.delta(0, ["type": "thinking_delta", "thinking": "hm"]), SSEBody.text(1, "one "),
          SSEBody.text(1, "two"), SSEBody.end("end_turn"), SSEBody.messageStop))
      let reply = try await bench.ask(.hello, Bench.claude, into: recorder)
      #expect(reply.text == "one two" && recorder.text == "one two" && recorder.thinking == "hm")
    }
  }

  @Test("a start at a used index is a further block: the answer is what was shown, and no call is lost")
  func usedIndex() async throws {
    try await Bench.run { bench in
      let recorder = Recorder()
      bench.server.enqueue(
        SSEBody.anthropic(
          SSEBody.start(0, Self.text), SSEBody.text(0, "one "), SSEBody.stop(0), SSEBody.start(0, Self.text),
          SSEBody.text(0, "two"), SSEBody.stop(0), SSEBody.start(0, Self.call("a", "weather")),
          Self.arguments(0, #"{"place":"#), Self.arguments(0, #""Oslo"}"#), SSEBody.stop(0),
          SSEBody.start(0, Self.call("b", "weather")), Self.arguments(0, #"{"place":"Rome"}"#), SSEBody.stop(0),
          SSEBody.end("tool_use"), SSEBody.messageStop))
      let reply = try await bench.ask(.hello, Bench.claude, into: recorder)
      #expect(reply.text == "one two" && recorder.text == reply.text)
      #expect(reply.calls.map(\.id) == ["a", "b"])
      #expect(reply.calls.map(\.arguments) == [["place": "Oslo"], ["place": "Rome"]])
    }
  }

  @Test("OpenAI's error object in the stream, or in place of the answer, is that error")
  func foreignErrors() async throws {
    try await Bench.run { bench in
      let error = #"{"error":{"message":"No credit is left","code":"insufficient_quota"}}"#
      bench.server.enqueue(.status(200, body: "data: \(error)\n\n"), .status(200, body: error))
      for _ in 0..<2 {
        let found = try #require(try await bench.failure(.hello, Bench.claude))
        #expect(found.code == .resourceExhausted && found.message.contains("No credit is left"))
      }
    }
  }

  @Test("blocks go back in the order in which they came")
  func order() async throws {
    try await Bench.run { bench in
      let thinking: JSONValue = ["type": "thinking", "thinking": "hm", "signature": "s1"]
      let redacted: JSONValue = ["type": "redacted_thinking", "data": "AA"]
      bench.server.enqueue(
        SSEBody.anthropic(
          SSEBody.start(0, thinking), SSEBody.stop(0), SSEBody.start(1, Self.text), SSEBody.text(1, "First "),
          SSEBody.stop(1), SSEBody.start(2, redacted), SSEBody.stop(2), SSEBody.start(3, Self.text),
          SSEBody.text(3, "then."), SSEBody.stop(3), SSEBody.start(4, Self.call("a", "weather")), SSEBody.stop(4),
          SSEBody.end("tool_use"), SSEBody.messageStop))
      var request = ModelRequest.hello
      request.tools = [.weather]
      let reply = try await bench.ask(request, Bench.claude)
      #expect(reply.text == "First then.")
      let done = reply.calls.map { CompletedCall(call: $0, result: ToolResult(content: "cold")) }
      request.exchanges[0].answer(with: Round(text: reply.text, providerParts: reply.providerParts, calls: done))
      _ = try await bench.ask(request, Bench.claude)
      let sent = bench.server.requests[1].messages[1]["content"]?.arrayValue ?? []
      #expect(
        sent.map { $0["type"]?.stringValue } == ["thinking", "text", "redacted_thinking", "text", "tool_use"])
      #expect(sent.compactMap { $0["text"]?.stringValue } == ["First ", "then."])
      // A changed text can't be split.
      request.exchanges[0].answer(with: Round(text: "Other.", providerParts: reply.providerParts, calls: done))
      _ = try await bench.ask(request, Bench.claude)
      let changed = bench.server.requests[2].messages[1]["content"]?.arrayValue ?? []
      #expect(changed.map { $0["type"]?.stringValue } == ["thinking", "redacted_thinking", "text", "tool_use"])
    }
  }

  @Test(
    "pictures in data URLs go out in base64, however they were written",
    arguments: [
      ("data:image/png;base64,AAAA", "image/png", "AAAA"), ("DATA:IMAGE/PNG;BASE64,AAAA", "image/png", "AAAA"),
      ("data:image/svg+xml,%3Csvg/%3E", "image/svg+xml", "PHN2Zy8+"), ("data:,ab", "text/plain", "YWI="),
      ("data:image/gif;name=x;base64,R0lGODlh", "image/gif", "R0lGODlh"),
      ("data:image/png;base64,AA%2BA", "image/png", "AA+A"),
    ])
  func dataURLs(_ url: String, _ type: String, _ data: String) throws {
    let found = try #require(DataURL(url))
    #expect(found.mediaType == type && found.base64 == data)
    var request = ModelRequest.hello
    request.exchanges = [Exchange(input: [UserMessage(parts: [.image(url: url)])])]
    let body = AnthropicRequest(
      origin: Bench.claude, quirks: ModelQuirks(vendor: "anthropic", model: Bench.claude.model), request: request,
      thinkingBudget: 8192
    ).body()
    let source = body["messages"]?[0]?["content"]?[0]?["source"]
    #expect(source == ["type": "base64", "media_type": .string(type), "data": .string(data)])
  }

  @Test("other URLs are no data URLs", arguments: ["https://example.org/data:,x", "data:image/png", "data:,%4", "dat"])
  func otherURLs(_ url: String) {
    #expect(DataURL(url) == nil)
  }
}
