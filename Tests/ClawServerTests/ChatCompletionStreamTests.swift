import AsyncHTTPClient
import ClawCore
import ClawJSON
import NIOCore
import Testing

@testable import ClawServer

@Suite("Streamed chat completions", .timeLimit(.minutes(5)))
struct ChatCompletionStreamTests {
  private static let hi: JSONValue = ["messages": [["role": "user", "content": "hi"]], "stream": true]

  /// Has every accepted run show these events.
  private static func play(_ bodies: [RunEvent.Body], on gateway: TestGateway) {
    let feed = gateway.feed
    gateway.chat.set { chat in
      chat.onAccept = { inbound in
        for (index, body) in bodies.enumerated() {
          feed.emit(event(Int64(index + 1), body, session: inbound.session.rawValue))
        }
      }
    }
  }

  /// The `data:` of each event.
  private static func data(_ text: String) -> [String] {
    text.split(separator: "\n\n").filter { $0.hasPrefix("data: ") }.map { String($0.dropFirst(6)) }
  }

  private static let run: [RunEvent.Body] = [
    .started(model: "m", provider: "p", source: "http", attempt: 1), .thinking("hm"), .text("he"), .text("llo"),
    .completed(content: "hello", usage: TokenUsage(), iterations: 1, durationMs: 1),
  ]

  @Test("Chunks have OpenAI's shape: role, deltas, finish_reason, usage if asked, [DONE]")
  func shape() async throws {
    try await TestGateway.run { gateway in
      Self.play(Self.run, on: gateway)
      var body = Self.hi
      body["stream_options"] = ["include_usage": true]
      body["model"] = "swiftclaw:default"
      let answer = try await gateway.complete(body)
      #expect(answer.status == 200 && answer.header("x-swiftclaw-run-id") == "run-1")
      #expect(answer.header("content-type")?.hasPrefix("text/event-stream") == true)
      let data = Self.data(answer.text)
      #expect(data.last == "[DONE]")
      let chunks = try data.dropLast().map { try JSONValue(parsing: $0) }
      func chunk(_ choices: JSONValue, usage: JSONValue? = nil) -> JSONValue {
        var chunk: JSONValue = [
          "id": "chatcmpl-run-1", "object": "chat.completion.chunk", "created": 1_750_000_000,
          "model": "swiftclaw:default", "choices": choices,
        ]
        chunk["usage"] = usage
        return chunk
      }
      #expect(
        chunks == [
          chunk([["index": 0, "delta": ["role": "assistant", "content": ""], "finish_reason": nil]]),
          chunk([["index": 0, "delta": ["content": "he"], "finish_reason": nil]]),
          chunk([["index": 0, "delta": ["content": "llo"], "finish_reason": nil]]),
          chunk([["index": 0, "delta": [:], "finish_reason": "stop"]]),
          chunk([], usage: ["prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5]),
        ])
    }
  }

  @Test("Without include_usage there is none")
  func withoutUsage() async throws {
    try await TestGateway.run { gateway in
      Self.play(Self.run, on: gateway)
      let answer = try await gateway.complete(Self.hi)
      #expect(answer.text.hasSuffix("[DONE]\n\n") && !answer.text.contains("usage"))
    }
  }

  @Test("A run that fails before it says anything is a plain error")
  func earlyFailure() async throws {
    try await TestGateway.run { gateway in
      Self.play(
        [
          Self.run[0],
          .failed(RunFailure(code: "RESOURCE_EXHAUSTED", message: "slow down", retryAfterMs: 1000)),
        ], on: gateway)
      let answer = try await gateway.complete(Self.hi)
      #expect(answer.status == 429 && answer.header("retry-after") == "1")
      #expect(answer.json["error"]?["type"] == "rate_limit_error")
    }
  }

  @Test("A failure after the first byte is one error event, and no [DONE]")
  func lateFailure() async throws {
    try await TestGateway.run { gateway in
      let failure = RunFailure(code: "UNAVAILABLE", message: "gone")
      Self.play([Self.run[0], .text("he"), .failed(failure)], on: gateway)
      gateway.chat.set { $0.onOutcome = { .failed($0, failure) } }
      let answer = try await gateway.complete(Self.hi)
      #expect(answer.status == 200)
      let data = Self.data(answer.text)
      let error = try JSONValue(parsing: try #require(data.last))
      #expect(
        error == ["error": ["message": "gone", "type": "server_error", "param": nil, "code": "unavailable"]])
      #expect(data.count == 3 && !answer.text.contains("[DONE]"))
    }
  }

  @Test("Text comes as the run shows it, with pings in the silence between")
  func pings() async throws {
    try await TestGateway.run(.with { $0.timing.sseKeepAlive = .milliseconds(30) }) { gateway in
      var request = HTTPClientRequest(url: gateway.origin + "/v1/chat/completions")
      request.method = .POST
      request.headers.add(name: "Authorization", value: "Bearer \(TestGateway.secret)")
      request.body = .bytes(ByteBuffer(bytes: Self.hi.serialized()))
      let response = try await HTTPClient.shared.execute(request, timeout: .seconds(20))
      let session = try #require(gateway.chat.inbounds.first).session.rawValue
      var text = ""
      var step = 0
      for try await part in response.body {
        text += String(buffer: part)
        if step == 0, text.contains(": ping\n\n") {
          step = 1
          gateway.feed.emit(event(1, .text("live"), session: session))
        } else if step == 1, text.contains("live") {
          step = 2
          gateway.feed.emit(
            event(2, .completed(content: "live", usage: TokenUsage(), iterations: 1, durationMs: 1), session: session))
        }
      }
      #expect(step == 2 && text.hasSuffix("data: [DONE]\n\n"))
    }
  }

  @Test("A caller who leaves takes the run along only if they asked for it", arguments: [true, false])
  func leaving(aborts: Bool) async throws {
    let chats = Recorder<FakeChat>()
    try await TestGateway.run(.with { $0.timing.sseKeepAlive = .milliseconds(20) }) { gateway in
      chats.note(gateway.chat)
      let (aborted, abort) = AsyncStream.makeStream(of: Void.self)
      gateway.chat.set { $0.onAbort = { _ in abort.yield() } }
      var body = Self.hi
      if aborts { body["metadata"] = ["abort_on_disconnect": "true"] }
      var request = HTTPClientRequest(url: gateway.origin + "/v1/chat/completions")
      request.method = .POST
      request.headers.add(name: "Authorization", value: "Bearer \(TestGateway.secret)")
      request.body = .bytes(ByteBuffer(bytes: body.serialized()))
      let client = HTTPClient(eventLoopGroup: .singletonMultiThreadedEventLoopGroup)
      _ = try await client.execute(request, timeout: .seconds(20))
      try await client.shutdown()
      // A server that stops may end the request before it learns that its caller is gone.
      if aborts { for await _ in aborted { break } }
    }
    // The server has ended, and with it the request.
    #expect(chats.all.flatMap(\.aborted) == (aborts ? ["run-1"] : []))
  }

  @Test("A run that streamed nothing still shows its answer")
  func withoutText() async throws {
    try await TestGateway.run { gateway in
      Self.play([Self.run[0], Self.run[4]], on: gateway)
      let answer = try await gateway.complete(Self.hi)
      #expect(answer.text.contains(#""delta":{"content":"hello"}"#))
    }
  }

  @Test("A handoff lets a producer go on when its item is taken, and ends for both sides")
  func handoff() async {
    let handoff = Handoff<Int>()
    await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        for item in 0..<3 { guard await handoff.send(item) else { return false } }
        handoff.finish()
        return true
      }
      var items: [Int] = []
      while let item = await handoff.next() { items.append(item) }
      #expect(items == [0, 1, 2])
      #expect(await group.next() == true)
    }
    #expect(await handoff.send(4) == false)
    #expect(await handoff.next() == nil)
  }
}
