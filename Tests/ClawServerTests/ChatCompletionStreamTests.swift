import AsyncHTTPClient
import ClawCore
import ClawJSON
import NIOCore
import Testing

@testable import ClawServer

@Suite("Streamed chat completions", .timeLimit(.minutes(10)))
struct ChatCompletionStreamTests {
  private static let hi: JSONValue = ["messages": [["role": "user", "content": "hi"]], "stream": true]

  /// Makes every accepted run produce these events.
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

  @Test(
    "Events of a kind that this version does not know are passed over, wherever they stand", arguments: [true, false])
  func unknownEvents(isStreamed: Bool) async throws {
    try await TestGateway.run { gateway in
      let unknown = RunEvent.Body.unknown(type: "run.waiting", payload: ["for": "approval"])
      Self.play(Self.run.flatMap { [unknown, $0] } + [unknown], on: gateway)
      var body = Self.hi
      body["stream"] = .bool(isStreamed)
      let answer = try await gateway.complete(body)
      #expect(answer.status == 200 && !answer.text.contains("approval"))
      guard isStreamed else {
        #expect(answer.json["choices"]?[0]?["message"]?["content"] == "hello")
        return
      }
      let chunks = try Self.data(answer.text).dropLast().map { try JSONValue(parsing: $0) }
      let pieces = chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }
      #expect(pieces == ["", "he", "llo"] && answer.text.hasSuffix("[DONE]\n\n"))
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
      let response = try await HTTPClient.shared.execute(request, timeout: .seconds(300))
      let session = try #require(gateway.chat.inbounds.first).session.rawValue
      var text = ""
      var step = 0
      for try await part in response.body {
        text += String(buffer: part)
        if step == 0, text.contains(": ping\n") {
          step = 1
          gateway.feed.emit(event(1, .text("live"), session: session))
        } else if step == 1, text.contains("live") {
          step = 2
          gateway.feed.emit(
            event(2, .completed(content: "live", usage: TokenUsage(), iterations: 1, durationMs: 1), session: session))
        }
      }
      #expect(step == 2 && text.hasSuffix("data: [DONE]\n\n"))
      // openai-go before 3.43 ends at an empty line without preceding data.
      #expect(!text.contains(": ping\n\n"))
    }
  }

  private static let done = RunEvent.Body.completed(
    content: "It is 84.", usage: TokenUsage(), iterations: 2, durationMs: 1)
  private static let call = RunEvent.Body.toolCall(ToolCall(id: "c", name: "calculator", arguments: [:]))
  private static let result = RunEvent.Body.toolResult(
    id: "c", name: "calculator", isError: false, preview: "84", durationMs: 1)

  /// The concatenated deltas.
  private static func deltas(_ text: String) throws -> [String] {
    try data(text).filter { $0 != "[DONE]" }.compactMap {
      try JSONValue(parsing: $0)["choices"]?[0]?["delta"]?["content"]?.stringValue
    }.filter { !$0.isEmpty }
  }

  @Test("The texts of several rounds have an empty line between them, as in a whole answer")
  func rounds() async throws {
    try await TestGateway.run { gateway in
      Self.play(
        [
          Self.run[0], .text("Let me "), .text("see."), Self.call, Self.result, Self.call, Self.result, .text("It is "),
          .text("84."), Self.done,
        ], on: gateway)
      let answer = try await gateway.complete(Self.hi)
      #expect(try Self.deltas(answer.text).joined() == "Let me see.\n\nIt is 84.")
      #expect(answer.text.hasSuffix("data: [DONE]\n\n"))
    }
    // The last round has no text of its own.
    try await TestGateway.run { gateway in
      Self.play([Self.run[0], .text("Let me see."), Self.call, Self.result, Self.done], on: gateway)
      gateway.chat.set { $0.onOutcome = { .completed($0, "It is 84.") } }
      let answer = try await gateway.complete(Self.hi)
      #expect(try Self.deltas(answer.text).joined() == "Let me see.\n\nIt is 84.")
    }
  }

  @Test("A run that begins anew after text was sent ends the stream with an error; before that it goes on")
  func begunAnew() async throws {
    let again = RunEvent.Body.started(model: "m", provider: "p", source: "http", attempt: 2)
    try await TestGateway.run { gateway in
      Self.play([Self.run[0], .text("It "), again, .text("It is 84."), Self.done], on: gateway)
      let answer = try await gateway.complete(Self.hi)
      #expect(try Self.deltas(answer.text) == ["It "])
      #expect(!answer.text.contains("[DONE]"))
      let error = try JSONValue(parsing: try #require(Self.data(answer.text).last))["error"]
      #expect(error?["code"] == "unavailable" && error?["message"]?.stringValue?.contains("void") == true)
    }
    try await TestGateway.run { gateway in
      Self.play([Self.run[0], .thinking("hm"), again, .text("It is 84."), Self.done], on: gateway)
      let answer = try await gateway.complete(Self.hi)
      #expect(try Self.deltas(answer.text) == ["It is 84."])
      #expect(answer.text.contains("[DONE]"))
    }
  }

  @Test("Neighbouring deltas are never equal: litellm 1.110 breaks a stream off after 100 equal ones")
  func equalDeltas() async throws {
    try await TestGateway.run { gateway in
      let dots = [RunEvent.Body](repeating: .text("..."), count: 151)
      Self.play([Self.run[0]] + dots + [.text(" done"), Self.done], on: gateway)
      let answer = try await gateway.complete(Self.hi)
      let deltas = try Self.deltas(answer.text)
      #expect(deltas.joined() == String(repeating: "...", count: 151) + " done")
      #expect(!zip(deltas, deltas.dropFirst()).contains { $0 == $1 })
    }
  }

  @Test("A delta that equals the last one is not held for long, and not lost at the end")
  func heldDelta() async throws {
    var joiner = LastDeltaBuffer()
    #expect(joiner.push("ha") == "ha" && !joiner.mayFlush)
    #expect(joiner.push("ha") == "" && joiner.mayFlush)
    #expect(joiner.flush() == "ha" && !joiner.mayFlush)
    // If they arrive so slowly that each is sent alone, the number is limited.
    var flushed = 0
    while joiner.push("ha") == "", joiner.mayFlush, flushed < 1000 {
      _ = joiner.flush()
      flushed += 1
    }
    #expect(flushed < 100)
    try await TestGateway.run { gateway in
      Self.play([Self.run[0], .text("ha"), .text("ha")], on: gateway)
      var request = HTTPClientRequest(url: gateway.origin + "/v1/chat/completions")
      request.method = .POST
      request.headers.add(name: "Authorization", value: "Bearer \(TestGateway.secret)")
      request.body = .bytes(ByteBuffer(bytes: Self.hi.serialized()))
      let response = try await HTTPClient.shared.execute(request, timeout: .seconds(300))
      let session = try #require(gateway.chat.inbounds.first).session.rawValue
      var text = ""
      var isOver = false
      for try await part in response.body {
        text += String(buffer: part)
        if !isOver, try Self.deltas(text).joined() == "haha" {
          isOver = true
          gateway.feed.emit(event(9, Self.done, session: session))
        }
      }
      #expect(isOver && text.hasSuffix("data: [DONE]\n\n"))
    }
  }

  @Test("The head goes out after a moment though nothing was said, and the log is read once")
  func headDelay() async throws {
    try await TestGateway.run(.with { $0.timing.streamHeadDelay = .milliseconds(20) }) { gateway in
      Self.play([Self.run[0], .thinking("hm")], on: gateway)
      var request = HTTPClientRequest(url: gateway.origin + "/v1/chat/completions")
      request.method = .POST
      request.headers.add(name: "Authorization", value: "Bearer \(TestGateway.secret)")
      request.body = .bytes(ByteBuffer(bytes: Self.hi.serialized()))
      let response = try await HTTPClient.shared.execute(request, timeout: .seconds(300))
      #expect(response.status == .ok)
      let session = try #require(gateway.chat.inbounds.first).session.rawValue
      for body in [RunEvent.Body.text("It is 84."), Self.done] {
        gateway.feed.emit(event(body.isTerminal ? 4 : 3, body, session: session))
      }
      let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
      #expect(try Self.deltas(text) == ["It is 84."])
      #expect(text.hasSuffix("data: [DONE]\n\n"))
      #expect(gateway.feed.readerCount == 1)
    }
  }

  @Test("A gateway that stops ends its streams and answers with an error, not with a cut", arguments: [true, false])
  func shutdown(isStreamed: Bool) async throws {
    let setup = TestGateway.Setup.with {
      $0.timing.closeTimeout = .milliseconds(200)
      $0.timing.streamHeadDelay = .milliseconds(20)
    }
    try await TestGateway.run(setup) { gateway in
      let (waiting, wait) = AsyncStream.makeStream(of: Void.self)
      gateway.chat.set { chat in
        chat.onOutcome = { _ in
          wait.yield()
          try await Task.sleep(for: .seconds(3600))
          return nil
        }
      }
      var request = HTTPClientRequest(url: gateway.origin + "/v1/chat/completions")
      request.method = .POST
      request.headers.add(name: "Authorization", value: "Bearer \(TestGateway.secret)")
      var body = Self.hi
      body["stream"] = .bool(isStreamed)
      request.body = .bytes(ByteBuffer(bytes: body.serialized()))
      async let answer = HTTPClient.shared.execute(request, timeout: .seconds(300))
      if isStreamed {
        let response = try await answer
        await gateway.shutDown()
        let text = String(buffer: try await response.body.collect(upTo: 1 << 20))
        let error = try JSONValue(parsing: try #require(Self.data(text).last))["error"]
        #expect(error?["code"] == "unavailable" && !text.contains("[DONE]"))
      } else {
        for await _ in waiting { break }
        await gateway.shutDown()
        let response = try await answer
        #expect(response.status == .serviceUnavailable && response.headers.first(name: "x-should-retry") == "false")
      }
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
      _ = try await client.execute(request, timeout: .seconds(300))
      try await client.shutdown()
      // A stopping server may end the request before it detects the disconnect.
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
