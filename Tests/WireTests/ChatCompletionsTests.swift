import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("POST /v1/chat/completions")
struct ChatCompletionsTests {
  @Test("a plain answer has the shape that OpenAI's clients expect", arguments: ModelFaultTests.dialects)
  func plain(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(.call("calculator", ["expression": "12*7"]), .text("It is 84."))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let answer = try await HTTPCaller(gateway).complete(HTTPCaller.body("12*7?", ["model": "swiftclaw:default"]))
      #expect(answer.status == 200)
      #expect(answer["content-type"] == "application/json")
      let run = try #require(answer["X-SwiftClaw-Run-Id"])
      var body = answer.json
      #expect(body["id"]?.stringValue?.contains(run) == true)
      #expect((body["created"]?.intValue ?? 0) > 1_700_000_000)
      body["id"] = nil
      body["created"] = nil
      let choice: JSONValue = [
        "index": 0, "message": ["role": "assistant", "content": "It is 84."], "finish_reason": "stop",
      ]
      #expect(body["object"] == "chat.completion")
      #expect(body["model"] == "swiftclaw:default")
      #expect(body["usage"] == ["prompt_tokens": 22, "completion_tokens": 14, "total_tokens": 36])
      #expect(body["choices"]?[0]?["index"] == choice["index"])
      #expect(body["choices"]?[0]?["finish_reason"] == "stop")
      #expect(body["choices"]?[0]?["message"]?["role"] == "assistant")
      #expect(body["choices"]?[0]?["message"]?["content"] == "It is 84.")
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test(
    "a streamed answer has a role first, text, a finish reason, usage if asked, and [DONE]", arguments: [true, false])
  func streamed(withUsage: Bool) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply([.text("It "), .text("is 84.")]).paced(.milliseconds(30)))
    try await GatewayHarness.run(models: models) { gateway in
      var members: JSONObject = ["stream": true]
      if withUsage { members["stream_options"] = ["include_usage": true] }
      let answer = try await HTTPCaller(gateway).complete(HTTPCaller.body("12*7?", members))
      #expect(answer.status == 200)
      #expect(answer["content-type"]?.hasPrefix("text/event-stream") == true)
      #expect(answer["X-SwiftClaw-Run-Id"] != nil)
      #expect(answer.data.last == "[DONE]")
      let chunks = try answer.data.dropLast().map { try JSONValue(parsing: $0) }
      #expect(Set(chunks.map { $0["object"] }) == ["chat.completion.chunk"])
      #expect(Set(chunks.map { $0["id"] }).count == 1)
      #expect(chunks.first?["choices"]?[0]?["delta"]?["role"] == "assistant")
      let texts = chunks.compactMap { $0["choices"]?[0]?["delta"]?["content"]?.stringValue }
      #expect(texts.joined() == "It is 84.")
      let reasons = chunks.compactMap { $0["choices"]?[0]?["finish_reason"]?.stringValue }
      #expect(reasons == ["stop"])
      let usages = chunks.compactMap { $0["usage"]?.objectValue }
      #expect(usages.count == (withUsage ? 1 : 0))
      if withUsage {
        #expect(chunks.last?["choices"] == [])
        #expect(chunks.last?["usage"]?["total_tokens"] == 18)
      }
      #expect(chunks[withUsage ? chunks.count - 2 : chunks.count - 1]["choices"]?[0]?["finish_reason"] == "stop")
    }
    await models.stop()
  }

  @Test("silence on a stream is filled with comments")
  func ping() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("one two").stalling(after: 1, gate))
    try await GatewayHarness.run(models: models, set: { $0.set(Settings.streamKeepAlive, to: .milliseconds(20)) }) {
      gateway in
      let text = try await HTTPCaller(gateway).stream(HTTPCaller.body("count", ["stream": true])) { soFar in
        if soFar.contains(": ping\n") { gate.open() }
      }
      #expect(text.contains("one "))
      #expect(text.hasSuffix("data: [DONE]\n\n"))
    }
    await models.stop()
  }

  @Test("a provider that fails after the first word gives one error event, and no [DONE]")
  func brokenStream() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("one two").stalling(after: 1, gate).cut(after: 1))
    try await GatewayHarness.run(models: models) { gateway in
      let text = try await HTTPCaller(gateway).stream(HTTPCaller.body("count", ["stream": true])) { soFar in
        if soFar.contains("one ") { gate.open() }
      }
      #expect(!text.contains("[DONE]"))
      let last = try #require(text.split(separator: "\n\n").last)
      let error = try JSONValue(parsing: String(last.dropFirst(6)))["error"]
      #expect(error?["message"]?.stringValue?.contains("begun anew") == true, "\(text)")
      #expect(error?["type"] == "server_error")
    }
    await models.stop()
  }

  @Test("a named session goes on from call to call, and is the one that WebSockets see")
  func session() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let caller = HTTPCaller(gateway, headers: [("X-SwiftClaw-Session", "agent:default:http")])
      #expect(try await caller.complete(HTTPCaller.body("first")).status == 200)
      let metadata: JSONObject = ["metadata": ["session_key": "agent:default:http"]]
      #expect(try await HTTPCaller(gateway).complete(HTTPCaller.body("second", metadata)).status == 200)
      #expect(
        models.requests.last?.messages.compactMap { $0["content"]?.stringValue }.suffix(3) == [
          "first", "echo: first", "second",
        ])
      let client = try await gateway.connect()
      let history = try await client.call("chat.history", ["sessionKey": "agent:default:http"])
      #expect(history["messages"]?.arrayValue?.count == 4)
      try await client.subscribe(to: "agent:default:http", after: 0)
      let events = try await client.events(through: "run.completed")
      #expect(events.first?["payload"]?["source"] == "http")
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test(
    "without a session the earlier messages are the context, and nothing else is",
    arguments: ModelFaultTests.dialects)
  func stateless(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let caller = HTTPCaller(gateway)
      _ = try await caller.complete(HTTPCaller.body("forgotten"))
      let answer = try await caller.complete([
        "messages": [
          ["role": "system", "content": "Speak like a sailor."], ["role": "user", "content": "I am Ann."],
          ["role": "assistant", "content": "Ahoy, Ann."],
          ["role": "user", "content": [["type": "text", "text": "Who am I?"]]],
        ]
      ])
      #expect(answer.json["choices"]?[0]?["message"]?["content"] == "echo: Who am I?")
      let sent = try #require(models.requests.last?.body.serializedString())
      for text in ["Speak like a sailor.", "I am Ann.", "Ahoy, Ann.", "Who am I?"] { #expect(sent.contains(text)) }
      #expect(!sent.contains("forgotten"))
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("what the caller asks of the model is passed on")
  func sampling() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      _ = try await HTTPCaller(gateway).complete(
        HTTPCaller.body(
          "m",
          [
            "temperature": 0.5, "top_p": 0.25, "max_tokens": 99, "stop": ["END"], "seed": 7, "unknown_field": true,
            "response_format": ["type": "json_object"], "model": "openai/fake-small",
          ]))
      let sent = try #require(models.requests.last)
      #expect(sent.model == "fake-small")
      #expect(sent.body["temperature"] == 0.5)
      #expect(sent.body["top_p"] == 0.25)
      #expect((sent.body["max_tokens"] ?? sent.body["max_completion_tokens"]) == 99)
      #expect(sent.body["stop"] == ["END"])
      #expect(sent.body["seed"] == 7)
      #expect(sent.body["response_format"] == ["type": "json_object"])
    }
    await models.stop()
  }

  @Test("an answer that was cut at the limit of tokens says so", arguments: ModelFaultTests.dialects)
  func length(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.respond { _ in FakeReply.text("as far as").finishing("length") }
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let whole = try await HTTPCaller(gateway).complete(HTTPCaller.body("m"))
      #expect(whole.json["choices"]?[0]?["finish_reason"] == "length")
      let streamed = try await HTTPCaller(gateway).complete(HTTPCaller.body("m", ["stream": true]))
      #expect(streamed.text.contains(#""finish_reason":"length""#))
    }
    await models.stop()
  }

  @Test("S10: two users who name the same session have two")
  func users() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      for (name, value) in [
        ("X-SwiftClaw-User-Id", "alice"), ("X-GoClaw-User-Id", "bob"), ("X-SwiftClaw-User-Id", "carol"),
      ] {
        let caller = HTTPCaller(gateway, headers: [(name, value), ("X-SwiftClaw-Session", "agent:default:same")])
        let answer = try await caller.complete(HTTPCaller.body("I am \(value)."))
        #expect(answer.json["choices"]?[0]?["message"]?["content"] == .string("echo: I am \(value)."))
      }
      let body = HTTPCaller.body("me too", ["user": "dave"])
      _ = try await HTTPCaller(gateway, headers: [("X-SwiftClaw-Session", "agent:default:same")]).complete(body)
      for request in models.requests { #expect(request.messages.count { $0["role"] == "user" } == 1) }
      let listed = try await gateway.connect(user: "alice").call("sessions.list", ["userId": "alice"])
      #expect(listed["sessions"]?.arrayValue?.count == 1)
      let bad = try await HTTPCaller(gateway, headers: [("X-SwiftClaw-User-Id", String(repeating: "x", count: 256))])
        .complete(HTTPCaller.body("m"))
      #expect(bad.status == 400)
    }
    await models.stop()
  }
}
