import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("POST /v1/chat/completions that goes wrong")
struct ChatCompletionsErrorTests {
  @Test("S1: without a good credential it is 401 with WWW-Authenticate, in OpenAI's shape")
  func unauthorized() async throws {
    try await GatewayHarness.run { gateway in
      for headers in [
        [], [("Authorization", "Bearer wrong")], [("Authorization", "Basic \(gateway.token)")],
        [("x-api-key", "wrong")], [("Authorization", "Bearer")],
        [("Authorization", "Bearer wrong"), ("x-api-key", gateway.token)],
      ] {
        let caller = HTTPCaller.withoutCredential(gateway, headers: headers)
        for (answer) in [try await caller.complete(HTTPCaller.body("m")), try await caller.get("/v1/models")] {
          #expect(answer.status == 401, "\(headers)")
          #expect(answer["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
          #expect(answer.json["error"]?["code"] == "invalid_api_key")
          #expect(!answer.text.contains(gateway.token))
        }
      }
      for headers in [
        [("Authorization", "bearer \(gateway.token)")], [("Authorization", "BEARER \(gateway.token)")],
        [("x-api-key", gateway.token)],
      ] {
        let caller = HTTPCaller.withoutCredential(gateway, headers: headers)
        #expect(try await caller.get("/v1/models").status == 200)
      }
      #expect(try await HTTPCaller.withoutCredential(gateway).get("/health").text == #"{"protocol":3,"status":"ok"}"#)
    }
  }

  @Test("each wrong body is refused with the place of the fault")
  func wrongBodies() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let caller = HTTPCaller(gateway)
      let message: JSONValue = ["role": "user", "content": "m"]
      let wrong: [(body: JSONValue, status: UInt, param: String, code: String?)] = [
        ([:], 400, "messages", nil),
        (["messages": []], 400, "messages", nil),
        (["messages": "m"], 400, "messages", nil),
        (["messages": [["role": "user", "content": 7]]], 400, "messages[0].content", nil),
        (["messages": [["role": "king", "content": "m"]]], 400, "messages[0].role", nil),
        (["messages": [["role": "user", "content": "  "]]], 400, "messages", nil),
        (["messages": [message, ["role": "assistant", "content": "m"]]], 400, "messages", nil),
        (["messages": [["role": "user", "content": [["type": "input_audio"]]]]], 400, "messages[0].content[0]", nil),
        (["messages": [message], "n": 2], 400, "n", "unsupported_parameter"),
        (["messages": [message], "logprobs": true], 400, "logprobs", "unsupported_parameter"),
        (["messages": [message], "frequency_penalty": 1], 400, "frequency_penalty", "unsupported_parameter"),
        (["messages": [message], "temperature": 3], 400, "temperature", nil),
        (["messages": [message], "max_tokens": 0], 400, "max_tokens", nil),
        (["messages": [message], "model": "no-such-model"], 404, "model", "model_not_found"),
        (["messages": [message], "model": "swiftclaw:nobody"], 404, "model", "model_not_found"),
      ]
      for (body, status, param, code) in wrong {
        let answer = try await caller.complete(body)
        #expect(answer.status == status, "\(body)")
        #expect(answer.json["error"]?["param"]?.stringValue?.hasPrefix(param) == true, "\(body): \(answer.text)")
        if let code { #expect(answer.json["error"]?["code"] == .string(code)) }
        #expect(answer.json["error"]?["message"]?.stringValue?.isEmpty == false)
        #expect(answer.json["error"]?["type"] == "invalid_request_error")
      }
      let broken = try await caller.send(.POST, "/v1/chat/completions", body: "{\"messages\": [\n  oops]}")
      #expect(broken.status == 400)
      #expect(broken.json["error"]?["message"]?.stringValue?.contains("line 2") == true)
      let header = try await HTTPCaller(gateway, headers: [("X-SwiftClaw-Agent-Id", "nobody")])
        .complete(HTTPCaller.body("m"))
      #expect(header.status == 404)
    }
    #expect(models.requests.isEmpty)
    await models.stop()
  }

  @Test("unknown paths, wrong methods and large bodies")
  func shapes() async throws {
    try await GatewayHarness.run { gateway in
      let caller = HTTPCaller(gateway)
      let unknown = try await caller.get("/v2/nothing")
      #expect(unknown.status == 404)
      #expect(unknown.json["error"]?["code"] == "NOT_FOUND")
      let wrongMethod = try await caller.get("/v1/chat/completions")
      #expect(wrongMethod.status == 405)
      #expect(wrongMethod["Allow"]?.contains("POST") == true)
      #expect(wrongMethod.json["error"]?["type"] == "invalid_request_error")
      let large = try await caller.complete(HTTPCaller.body(String(repeating: "x", count: 1 << 20)))
      #expect(large.status == 413)
      #expect(large.json["error"]?["message"] != nil)
      let long = try await caller.complete(HTTPCaller.body(String(repeating: "x", count: 300_000)))
      #expect(long.status == 400)
      for answer in [unknown, wrongMethod, large, long] { #expect(answer["X-Request-Id"]?.isEmpty == false) }
      let named = try await caller.send(.GET, "/health", [("X-Request-Id", "my-id-7")])
      #expect(named["X-Request-Id"] == "my-id-7")
      let odd = try await caller.send(.GET, "/health", [("X-Request-Id", "a b<script>")])
      #expect(odd["X-Request-Id"] != "a b<script>")
    }
  }

  @Test("Idempotency-Key: the same body answers as the first did, another one is 409")
  func idempotency() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let caller = HTTPCaller(gateway, headers: [("Idempotency-Key", "k")])
      let first = try await caller.complete(HTTPCaller.body("m"))
      let again = try await caller.complete(HTTPCaller.body("m"))
      #expect(again.status == 200)
      #expect(again["X-SwiftClaw-Run-Id"] == first["X-SwiftClaw-Run-Id"])
      #expect(again.json["choices"] == first.json["choices"])
      #expect(again.json["id"] == first.json["id"])
      let other = try await caller.complete(HTTPCaller.body("other"))
      #expect(other.status == 409)
      #expect(other.json["error"]?["code"] == "already_exists")
      let streamed = try await caller.complete(HTTPCaller.body("m", ["stream": true]))
      #expect([200, 409].contains(streamed.status))
    }
    #expect(models.requests.count == 1)
    await models.stop()
  }

  @Test("what a provider answers is told in the status that fits", arguments: ModelFaultTests.dialects, [true, false])
  func upstream(dialect: String, isStreamed: Bool) async throws {
    let models = try await FakeModelServer.start()
    let faults: [(reply: FakeReply, status: UInt, code: String?)] = [
      (.rateLimited(retryAfter: "17"), 429, "rate_limit_exceeded"),
      (.rateLimited(retryAfter: "3600"), 429, "rate_limit_exceeded"),
      (.status(401, body: #"{"error":{"message":"wrong key"}}"#), 502, "provider_key_refused"),
      (.status(404, body: #"{"error":{"message":"no such model","code":"model_not_found"}}"#), 404, "model_not_found"),
      (.status(402, body: #"{"error":{"message":"no credit"}}"#), 429, "insufficient_quota"),
      (.status(500, body: "{}"), 503, nil),
      (
        .status(400, body: #"{"error":{"message":"prompt is too long","code":"context_length_exceeded"}}"#), 400,
        "context_length_exceeded"
      ),
    ]
    try await GatewayHarness.run(
      models: models, dialect: dialect,
      set: {
        $0.set(Settings.retryBase, to: .milliseconds(1))
        $0.set(Settings.retryCap, to: .seconds(1))
        // The head of a stream waits for the failure, however slow the machine.
        $0.set(Settings.streamHeadDelay, to: .seconds(300))
      }
    ) { gateway in
      for (reply, status, code) in faults {
        models.respond { _ in reply }
        let answer = try await HTTPCaller(gateway)
          .complete(HTTPCaller.body("m", ["stream": .bool(isStreamed)]))
        #expect([status, status - 1].contains(answer.status), "\(answer.text)")
        if let code { #expect(answer.json["error"]?["code"] == .string(code), "\(answer.text)") }
        if status == 429, code == "rate_limit_exceeded" {
          #expect(answer["Retry-After"] == (answer.text.contains("wait 3600 s") ? nil : "17"))
        }
        #expect(answer["X-Should-Retry"] == "false")
        #expect(answer["X-SwiftClaw-Run-Id"] != nil)
      }
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }
}
