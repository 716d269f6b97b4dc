import ClawCore
import ClawJSON
import NIOCore
import Testing

@testable import ClawServer

@Suite("POST /v1/chat/completions", .timeLimit(.minutes(10)))
struct ChatCompletionTests {
  private static let hi: JSONValue = [["role": "user", "content": "hi"]]

  @Test("A whole answer has OpenAI's shape, and the run's id in a header")
  func whole() async throws {
    try await TestGateway.run { gateway in
      let answer = try await gateway.complete(["model": "swiftclaw:helper", "messages": Self.hi])
      #expect(answer.status == 200 && answer.header("x-swiftclaw-run-id") == "run-1")
      #expect(
        answer.json == [
          "id": "chatcmpl-run-1", "object": "chat.completion", "created": 1_750_000_000, "model": "swiftclaw:helper",
          "choices": [
            ["index": 0, "message": ["role": "assistant", "content": "hello"], "finish_reason": "stop"]
          ],
          "usage": ["prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5],
        ])
      let inbound = try #require(gateway.chat.inbounds.first)
      #expect(inbound.agent.rawValue == "helper" && inbound.message == UserMessage("hi"))
      #expect(inbound.session.rawValue.hasPrefix("agent:helper:http:"))
      #expect(gateway.chat.principals.first?.origin == .http)
      #expect(gateway.chat.principals.first?.user == .owner)
    }
  }

  @Test("Messages become instructions, context and what is said now; sampling is passed on")
  func mapping() async throws {
    try await TestGateway.run { gateway in
      let body: JSONValue = [
        "messages": [
          ["role": "system", "content": "Be brief."], ["role": "user", "content": "one"],
          [
            "role": "assistant", "content": nil,
            "tool_calls": [
              ["id": "c", "type": "function", "function": ["name": "f", "arguments": "{\"a\":1}"]]
            ],
          ],
          ["role": "tool", "tool_call_id": "c", "content": "done"],
          ["role": "developer", "content": [["type": "text", "text": "Be kind."]]],
          [
            "role": "user",
            "content": [
              ["type": "text", "text": "two"],
              ["type": "image_url", "image_url": ["url": "data:image/png;base64,AA==", "detail": "low"]],
            ],
          ],
        ],
        "temperature": 0.5, "top_p": 1, "max_tokens": 5, "max_completion_tokens": 7, "stop": "END", "seed": 4,
        "response_format": ["type": "json_object"], "n": 1, "tools": [], "tool_choice": "auto", "user": "alice",
        "unknown_field": true, "store": false, "parallel_tool_calls": true, "verbosity": "medium",
        "frequency_penalty": 0, "logit_bias": [:], "logprobs": false,
      ]
      let status1 = try await gateway.complete(body).status
      #expect(status1 == 200)
      let inbound = try #require(gateway.chat.inbounds.first)
      #expect(inbound.options.instructions == "Be brief.\n\nBe kind.")
      #expect(
        inbound.context == [
          .user(UserMessage("one")),
          .assistant(AssistantMessage(text: "", calls: [ToolCall(id: "c", name: "f", arguments: ["a": 1])])),
          .tool(callID: "c", ToolResult(content: "done")),
        ])
      #expect(inbound.message.parts == [.text("two"), .image(url: "data:image/png;base64,AA==")])
      #expect(
        inbound.options.sampling
          == SamplingOptions(
            temperature: 0.5, topP: 1, maxOutputTokens: 7, stop: ["END"], seed: 4,
            responseFormat: ["type": "json_object"]))
      #expect(gateway.chat.principals.first?.user.rawValue == "alice")
    }
  }

  @Test(
    "model says which agent or model is meant, then the header, then it is the default agent",
    arguments: [
      ("swiftclaw:helper", nil, "helper", nil), ("goclaw:helper", nil, "helper", nil),
      ("agent:helper", nil, "helper", nil), ("helper", "default", "helper", nil),
      ("gpt-4o", nil, "default", "gpt-4o"), ("openai/gpt-4o", "helper", "helper", "openai/gpt-4o"),
      (nil, "helper", "helper", nil), (nil, nil, "default", nil),
    ] as [(String?, String?, String, String?)])
  func agentChoice(model: String?, header: String?, agent: String, runModel: String?) async throws {
    try await TestGateway.run { gateway in
      var body: JSONValue = ["messages": Self.hi]
      body["model"] = model.map { .string($0) }
      for name in ["X-SwiftClaw-Agent-Id", "X-GoClaw-Agent-Id"] {
        let answer = try await gateway.complete(body, headers: header.map { [(name, $0)] } ?? [])
        #expect(answer.status == 200)
      }
      #expect(gateway.chat.inbounds.map(\.agent.rawValue) == [agent, agent])
      #expect(gateway.chat.inbounds.map(\.options.model) == [runModel, runModel])
    }
  }

  @Test("A stored session gets only what is new, and says which agent is meant")
  func storedSession() async throws {
    try await TestGateway.run { gateway in
      let key = "agent:helper:notes"
      let byHeader = try await gateway.complete(["messages": Self.hi], headers: [("X-SwiftClaw-Session", key)])
      #expect(byHeader.status == 200)
      let byField = try await gateway.complete(["messages": Self.hi, "metadata": ["session_key": .string(key)]])
      #expect(byField.status == 200)
      #expect(gateway.chat.inbounds.map(\.session.rawValue) == [key, key])
      #expect(gateway.chat.inbounds.map(\.agent.rawValue) == ["helper", "helper"])
      let old = try await gateway.complete(
        ["messages": [["role": "assistant", "content": "x"], ["role": "user", "content": "y"]]],
        headers: [("X-SwiftClaw-Session", key)])
      #expect(old.status == 400 && old.json["error"]?["param"] == "messages[0].role")
      let other = try await gateway.complete(
        ["model": "swiftclaw:default", "messages": Self.hi], headers: [("X-SwiftClaw-Session", key)])
      #expect(other.status == 400)
    }
  }

  @Test(
    "What can't be honoured is named",
    arguments: [
      (["messages": hi, "tools": [["type": "function"]]], 400, "tools", "unsupported_parameter"),
      (["messages": hi, "n": 2], 400, "n", "unsupported_parameter"),
      (["messages": hi, "logprobs": true], 400, "logprobs", "unsupported_parameter"),
      (["messages": hi, "modalities": ["text", "audio"]], 400, "modalities", "unsupported_parameter"),
      (["messages": hi, "parallel_tool_calls": false], 400, "parallel_tool_calls", "unsupported_parameter"),
      (["messages": hi, "verbosity": "low"], 400, "verbosity", "unsupported_parameter"),
      (["messages": hi, "reasoning_effort": "warp"], 400, "reasoning_effort", nil),
      (["messages": hi, "frequency_penalty": 0.1], 400, "frequency_penalty", "unsupported_parameter"),
      (["messages": hi, "temperature": 3], 400, "temperature", nil),
      (["messages": hi, "temperature": "hot"], 400, "temperature", nil),
      (["messages": []], 400, "messages", nil), ([:], 400, "messages", nil),
      (["messages": [["role": "assistant", "content": "x"]]], 400, "messages", nil),
      (["messages": [["role": "user", "content": "  "]]], 400, "messages", nil),
      (["messages": [["role": "robot", "content": "x"]]], 400, "messages[0].role", nil),
      (["messages": [["role": "tool", "content": "x"]]], 400, "messages[0].tool_call_id", nil),
      (
        ["messages": [["role": "user", "content": [["type": "input_audio"]]]]], 400, "messages[0].content[0]",
        "unsupported_parameter"
      ),
      (
        ["messages": [["role": "user", "content": [["type": "image_url", "image_url": ["url": "file:///x"]]]]]], 400,
        "messages[0].content[0].image_url.url", nil
      ), (["messages": hi, "model": "nobody"], 404, "model", "model_not_found"),
      (["messages": hi, "model": "swiftclaw:nobody"], 404, "model", "model_not_found"),
      (["messages": hi, "user": ""], 400, "user", nil),
      (["messages": hi, "metadata": ["session_key": "x"]], 400, "metadata.session_key", nil),
    ] as [(JSONValue, Int, JSONValue, JSONValue?)])
  func refused(body: JSONValue, status: Int, param: JSONValue, code: JSONValue?) async throws {
    try await TestGateway.run { gateway in
      let answer = try await gateway.complete(body)
      #expect(answer.status == status)
      #expect(answer.json["error"]?["param"] == param, "\(answer.text)")
      #expect(answer.json["error"]?["code"] == code ?? .null)
      #expect(answer.json["error"]?["type"] == "invalid_request_error")
      #expect(gateway.chat.inbounds.isEmpty)
    }
  }

  @Test("Malformed JSON names line and column")
  func malformed() async throws {
    try await TestGateway.run { gateway in
      let answer = try await gateway.http(
        "POST", "/v1/chat/completions", body: .bytes(ByteBuffer(string: "{\n  \"messages\": ]")))
      #expect(answer.status == 400)
      let message = try #require(answer.json["error"]?["message"]?.stringValue)
      #expect(message.contains("line 2") && message.contains("column 15"), "\(message)")
    }
  }

  @Test("The user is named by a header before the body; an impossible one is 400")
  func actingUser() async throws {
    try await TestGateway.run { gateway in
      let body: JSONValue = ["messages": Self.hi, "user": "body"]
      for name in ["X-SwiftClaw-User-Id", "X-GoClaw-User-Id"] {
        let status2 = try await gateway.complete(body, headers: [(name, "header")]).status
        #expect(status2 == 200)
      }
      #expect(gateway.chat.principals.map(\.user.rawValue) == ["header", "header"])
      let long = String(repeating: "u", count: 256)
      let status3 = try await gateway.complete(body, headers: [("X-SwiftClaw-User-Id", long)]).status
      #expect(status3 == 400)
      let status4 = try await gateway.complete(body, headers: [("X-SwiftClaw-Tenant", "other")]).status
      #expect(status4 == 404)
    }
  }

  @Test("The same Idempotency-Key and body find the same session again; another body does not")
  func idempotency() async throws {
    try await TestGateway.run { gateway in
      let key = [("Idempotency-Key", "k1")]
      for body in [["messages": Self.hi], ["messages": Self.hi], ["messages": Self.hi, "seed": 1]] as [JSONValue] {
        let status5 = try await gateway.complete(body, headers: key).status
        #expect(status5 == 200)
      }
      let sessions = gateway.chat.inbounds.map(\.session)
      #expect(sessions[0] == sessions[1] && sessions[1] != sessions[2])
      #expect(gateway.chat.inbounds.allSatisfy { $0.idempotencyKey == "k1" })
      gateway.chat.set { $0.onAccept = { _ in throw ClawError(.alreadyExists, "used") } }
      let status6 = try await gateway.complete(["messages": Self.hi], headers: key).status
      #expect(status6 == 409)
    }
  }

  @Test(
    "A run that fails is an error with the status of its reason",
    arguments: [
      (RunFailure(code: "RESOURCE_EXHAUSTED", message: "m", retryAfterMs: 2500), 429, "rate_limit_exceeded", "3"),
      (
        RunFailure(code: "RESOURCE_EXHAUSTED", message: "m", reason: "insufficient_quota"), 429,
        "insufficient_quota", nil
      ), (RunFailure(code: "UNAVAILABLE", message: "m"), 503, "unavailable", nil),
      (RunFailure(code: "AGENT_TIMEOUT", message: "m"), 504, "timeout", nil),
      (
        RunFailure(code: "INVALID_REQUEST", message: "m", reason: "context_length_exceeded"), 400,
        "context_length_exceeded", nil
      ), (RunFailure(code: "SOMETHING_NEW", message: "m"), 500, "internal_error", nil),
      (RunFailure(code: "ABORTED", message: "m"), 400, "aborted", nil),
      (RunFailure(code: "FAILED_PRECONDITION", message: "m"), 412, "failed_precondition", nil),
      (
        RunFailure(code: "FAILED_PRECONDITION", message: "m", reason: "provider_key_refused"), 502,
        "provider_key_refused", nil
      ),
      (
        RunFailure(code: "FAILED_PRECONDITION", message: "m", reason: "provider_misconfigured"), 502,
        "provider_misconfigured", nil
      ),
      (RunFailure(code: "FAILED_PRECONDITION", message: "m", reason: "model_not_found"), 404, "model_not_found", nil),
      (RunFailure(code: "RESOURCE_EXHAUSTED", message: "m", retryAfterMs: 3_600_000), 429, "rate_limit_exceeded", nil),
    ] as [(RunFailure, Int, JSONValue, String?)])
  func failures(failure: RunFailure, status: Int, code: JSONValue, retryAfter: String?) async throws {
    try await TestGateway.run { gateway in
      gateway.chat.set { $0.onOutcome = { .failed($0, failure) } }
      let answer = try await gateway.complete(["messages": Self.hi])
      #expect(answer.status == status && answer.json["error"]?["code"] == code)
      #expect(answer.header("retry-after") == retryAfter)
      #expect(answer.header("x-swiftclaw-run-id") == "run-1")
      // A retry would start another run.
      #expect(answer.header("x-should-retry") == "false")
    }
  }

  @Test("A run that was stopped is 400, so that no client starts it again by itself")
  func aborted() async throws {
    try await TestGateway.run { gateway in
      gateway.chat.set { $0.onOutcome = { .aborted($0, "half") } }
      let answer = try await gateway.complete(["messages": Self.hi])
      #expect(answer.status == 400 && answer.json["error"]?["code"] == "aborted")
      #expect(answer.header("x-should-retry") == "false")
      gateway.chat.set { $0.onAccept = { _ in throw ClawError(.unavailable, "busy", retryAfter: .seconds(1)) } }
      let early = try await gateway.complete(["messages": Self.hi])
      #expect(early.status == 503 && early.header("retry-after") == "1" && early.header("x-should-retry") == nil)
    }
  }

  @Test("A call without a session, or with store false, is ephemeral; whole answers to it are not streamed inside")
  func ephemeral() async throws {
    try await TestGateway.run { gateway in
      let session: [(String, String)] = [("X-SwiftClaw-Session", "agent:helper:notes")]
      for (members, headers) in [
        ([:], []), (["store": false], []), (["store": true], []), (["stream": true], []), ([:], session),
        (["store": true], session), (["store": false], session),
      ] as [([String: JSONValue], [(String, String)])] {
        var body: JSONValue = ["messages": Self.hi]
        for (name, value) in members { body[name] = value }
        if members["stream"] == true { gateway.chat.set { $0.onAccept = { _ in throw ClawError(.unavailable, "x") } } }
        _ = try await gateway.complete(body, headers: headers)
        gateway.chat.set { $0.onAccept = { _ in } }
      }
      #expect(gateway.chat.inbounds.map(\.isEphemeral) == [true, true, true, false, false, true])
      #expect(gateway.chat.inbounds.map(\.options.stream) == [false, false, false, true, true, true])
    }
  }

  @Test("A whole answer of several rounds is their texts with an empty line between them")
  func rounds() async throws {
    try await TestGateway.run { gateway in
      let run = RunID(unchecked: "run-1")
      func message(_ seq: Int64, _ body: TranscriptMessage.Body, run: RunID? = run) -> TranscriptMessage {
        TranscriptMessage(
          seq: seq, id: MessageID(unchecked: "m\(seq)"), run: run, createdAt: Timestamp(milliseconds: 0), body: body)
      }
      let call = ToolCall(id: "c", name: "calculator", arguments: [:])
      let rows = [
        message(1, .user(UserMessage("before")), run: RunID(unchecked: "run-0")),
        message(2, .assistant(AssistantMessage(text: "not this")), run: RunID(unchecked: "run-0")),
        message(3, .user(UserMessage("hi"))),
        message(4, .assistant(AssistantMessage(text: "Let me see.", calls: [call]))),
        message(5, .tool(callID: "c", ToolResult(content: "84"))),
        message(6, .assistant(AssistantMessage(text: "", calls: [call]))),
        message(7, .tool(callID: "c", ToolResult(content: "84"))),
        message(8, .user(UserMessage("queued behind")), run: RunID(unchecked: "run-2")),
        message(9, .assistant(AssistantMessage(text: "It is 84."))),
      ]
      gateway.chat.set { chat in
        chat.onOutcome = { run in
          RunOutcome(
            run: run, session: SessionKey(unchecked: "agent:default:x"), state: .completed, content: "It is 84.",
            usage: TokenUsage(), iterations: 3)
        }
        // In pages, like a long run.
        chat.onHistory = { _, _, before in
          let older = rows.filter { $0.seq < before ?? .max }.suffix(2)
          return HistoryPage(messages: Array(older), nextBefore: older.first?.seq, resumeSeq: 0)
        }
      }
      let answer = try await gateway.complete(["messages": Self.hi])
      #expect(answer.json["choices"]?[0]?["message"]?["content"] == "Let me see.\n\nIt is 84.")
    }
  }

  @Test(
    "finish_reason says why the model stopped",
    arguments: [(StopReason.stop, "stop"), (.length, "length"), (.contentFilter, "content_filter")])
  func finishReason(reason: StopReason, word: String) async throws {
    try await TestGateway.run { gateway in
      gateway.chat.set { $0.onOutcome = { .completed($0, "x", stopReason: reason) } }
      let answer = try await gateway.complete(["messages": Self.hi])
      #expect(answer.json["choices"]?[0]?["finish_reason"]?.stringValue == word)
    }
  }
}
