import AsyncHTTPClient
import ClawCore
import ClawJSON
import ClawProtocol
import HTTPTypes
import NIOCore
import Testing

@testable import ClawServer

@Suite("HTTP", .timeLimit(.minutes(10)))
struct HTTPTests {
  @Test("S1: Only the routes that are always there answer without a credential")
  func openRoutes() async throws {
    try await TestGateway.run { gateway in
      let health = try await gateway.http("GET", "/health", headers: [])
      #expect(health.status == 200 && health.json == ["status": "ok", "protocol": 3])
      let ready = try await gateway.http("GET", "/ready", headers: [])
      #expect(ready.status == 200 && ready.json["status"] == "ready" && ready.json["checks"]?["store"] == "ok")
      let page = try await gateway.http("GET", "/", headers: [])
      #expect(page.status == 200 && page.text.contains("SwiftClaw 1.2.3"))
      #expect(page.header("content-type") == "text/plain; charset=utf-8")
      let upgrade = try await gateway.http("GET", "/ws", headers: [])
      #expect(upgrade.status == 426 && upgrade.header("upgrade") == "websocket")
      for (method, path) in [("GET", "/v1/models"), ("POST", "/v1/chat/completions")] {
        let answer = try await gateway.http(method, path, headers: [])
        #expect(answer.status == 401)
        #expect(answer.header("www-authenticate") == "Bearer")
        #expect(answer.json["error"]?["code"] == "invalid_api_key")
      }
    }
  }

  @Test("Not ready is 503 with the checks")
  func notReady() async throws {
    try await TestGateway.run(.with { $0.readiness = .starting }) { gateway in
      let ready = try await gateway.http("GET", "/ready", headers: [])
      #expect(ready.status == 503 && ready.json["status"] == "starting")
      #expect(ready.json["checks"]?["store"] == "opening")
    }
  }

  @Test(
    "The gateway token is taken as a bearer in any case, or as x-api-key, and nothing else is",
    arguments: [
      ("Authorization", "Bearer \(TestGateway.secret)", 200), ("Authorization", "bEARER  \(TestGateway.secret)", 200),
      ("x-api-key", TestGateway.secret, 200), ("Authorization", "Bearer wrong", 401), ("Authorization", "Bearer", 401),
      ("Authorization", "Basic \(TestGateway.secret)", 401), ("Authorization", TestGateway.secret, 401),
      ("x-api-key", "wrong", 401),
    ])
  func credentials(name: String, value: String, status: Int) async throws {
    try await TestGateway.run { gateway in
      let status1 = try await gateway.http("GET", "/v1/models", headers: [(name, value)]).status
      #expect(status1 == status)
      #expect(!gateway.logs.all.contains { $0.contains(TestGateway.secret) })
    }
  }

  @Test("Unknown paths are 404 and wrong methods 405 with Allow, in the language of the route")
  func unknown() async throws {
    try await TestGateway.run { gateway in
      let missing = try await gateway.http("GET", "/nowhere")
      #expect(missing.status == 404)
      #expect(missing.json == ["error": ["code": "NOT_FOUND", "message": "no such path"]])
      let plain = try await gateway.http("DELETE", "/health")
      #expect(plain.status == 405 && plain.header("allow") == "GET, HEAD")
      #expect(plain.json["error"]?["code"] == "INVALID_REQUEST")
      let openAI = try await gateway.http("GET", "/v1/chat/completions")
      #expect(openAI.status == 405 && openAI.header("allow") == "POST")
      #expect(openAI.json["error"]?["type"] == "invalid_request_error")
      let head = try await gateway.http("HEAD", "/health", headers: [])
      #expect(head.status == 200 && head.text.isEmpty)
    }
  }

  @Test("Every response has a request id; a sane one of the client is kept")
  func requestIDs() async throws {
    try await TestGateway.run { gateway in
      let kept = try await gateway.http("GET", "/health", headers: [("X-Request-Id", "abc.DEF_1-2")])
      #expect(kept.header("x-request-id") == "abc.DEF_1-2")
      #expect(gateway.logs.all.contains { $0.contains("abc.DEF_1-2") })
      for bad in ["a b", "", String(repeating: "a", count: 129), "ü"] {
        let made = try await gateway.http("GET", "/nowhere", headers: [("X-Request-Id", bad)])
        #expect(made.header("x-request-id")?.count == 36)
      }
    }
  }

  @Test("A body over the limit is 413, announced or counted as it arrives; after it the connection is closed")
  func tooLarge() async throws {
    let setup = TestGateway.Setup.with {
      $0.limits.maxBodyBytes = 1000
      $0.limits.maxLargeBodyBytes = 1000
    }
    try await TestGateway.run(setup) { gateway in
      let headers = [("Authorization", "Bearer \(TestGateway.secret)")]
      let announced = try await gateway.http(
        "POST", "/v1/chat/completions", headers: headers, body: .bytes(ByteBuffer(repeating: 32, count: 1001)))
      #expect(announced.status == 413 && announced.header("connection") == "close")
      #expect(announced.json["error"]?["message"] == "the body must be at most 1000 bytes long")
      let chunks = AsyncStream<ByteBuffer> { stream in
        for _ in 0..<20 { stream.yield(ByteBuffer(repeating: 32, count: 100)) }
        stream.finish()
      }
      let counted = try await gateway.http(
        "POST", "/v1/chat/completions", headers: headers, body: .stream(chunks, length: .unknown))
      #expect(counted.status == 413)
      let fits = try await gateway.http(
        "POST", "/v1/chat/completions", headers: headers, body: .bytes(ByteBuffer(repeating: 32, count: 1000)))
      #expect(fits.status == 400)
      let other = try await gateway.http(
        "POST", "/v1/users", headers: headers, body: .bytes(ByteBuffer(repeating: 32, count: 1001)))
      #expect(other.status == 413)
    }
  }

  @Test("A body that does not arrive in time is 408")
  func slowBody() async throws {
    try await TestGateway.run(.with { $0.timing.bodyTimeout = .milliseconds(50) }) { gateway in
      let (chunks, stream) = AsyncStream.makeStream(of: ByteBuffer.self)
      stream.yield(ByteBuffer(string: "{"))
      let answer = try await gateway.http("POST", "/v1/chat/completions", body: .stream(chunks, length: .unknown))
      #expect(answer.status == 408)
      stream.finish()
    }
  }

  @Test("The models are the agents and what the providers have")
  func models() async throws {
    try await TestGateway.run { gateway in
      let answer = try await gateway.http("GET", "/v1/models")
      #expect(
        answer.json == [
          "object": "list",
          "data": [
            ["id": "swiftclaw:default", "object": "model", "created": 1_700_000_000, "owned_by": "swiftclaw"],
            ["id": "openai/gpt-4o", "object": "model", "created": 0, "owned_by": "openai"],
          ],
        ])
    }
  }

  @Test(
    "A model is found by its id, with its slash as it is or encoded; another one is 404",
    arguments: [
      ("swiftclaw:default", 200), ("openai/gpt-4o", 200), ("openai%2Fgpt-4o", 200), ("swiftclaw%3Adefault", 200),
      ("swiftclaw:nobody", 404), ("swiftclaw:", 404), ("openai/gpt-9", 404), ("gpt-9/", 404),
    ])
  func model(path: String, status: Int) async throws {
    try await TestGateway.run { gateway in
      let answer = try await gateway.http("GET", "/v1/models/" + path)
      #expect(answer.status == status)
      if status == 200 {
        let id = path.replacing("%2F", with: "/").replacing("%3A", with: ":")
        #expect(answer.json["id"]?.stringValue == id && answer.json["object"] == "model")
        let listed = try await gateway.http("GET", "/v1/models").json["data"]?.arrayValue
        #expect(listed?.contains(answer.json) == true)
      } else {
        #expect(answer.json["error"]?["code"] == "model_not_found")
      }
      let wrong = try await gateway.http("POST", "/v1/models/" + path)
      #expect(wrong.status == 405 && wrong.header("allow") == "GET, HEAD")
    }
  }

  @Test("Retry-After is 1 to 30 s; a longer wait stands in the message, and nobody is to repeat by themselves")
  func waits() throws {
    for (wait, header) in [(1, "1"), (1000, "1"), (30_000, "30"), (30_001, nil), (3_600_000, nil)] as [(Int, String?)] {
      let failure = HTTPFailure(
        ClawError(.resourceExhausted, "slow down", details: [.limit: 3], retryAfter: .milliseconds(wait)))
      let headers = failure.response(.plain).headers
      #expect(headers[.retryAfter] == header)
      #expect(headers[.shouldRetry] == (header == nil ? "false" : nil))
      #expect(OpenAIErrorBody.Detail(failure).message.contains("wait") == (header == nil))
    }
    let none = HTTPFailure(ClawError(.resourceExhausted, "m", retryAfter: .zero)).response(.openAI).headers
    #expect(none[.retryAfter] == nil && none[.shouldRetry] == nil)
    // Failed authentication is rate limited nevertheless.
    let guess = HTTPFailure(ClawError(.unauthorized, "m", retryAfter: .seconds(50))).response(.openAI).headers
    #expect(guess[.retryAfter] == "30")
    #expect(HTTPFailure(ClawError(.alreadyExists, "m")).response(.openAI).headers[.shouldRetry] == "false")
  }

  @Test("Every code of the domain has its place on both wires")
  func errorTables() throws {
    let table: [(ClawError.Code, Int, String?)] = [
      (.invalidRequest, 400, nil), (.unauthorized, 401, "invalid_api_key"), (.forbidden, 403, "forbidden"),
      (.notFound, 404, "not_found"), (.alreadyExists, 409, "already_exists"),
      (.resourceExhausted, 429, "rate_limit_exceeded"), (.failedPrecondition, 412, "failed_precondition"),
      (.aborted, 400, "aborted"), (.agentTimeout, 504, "timeout"), (.unavailable, 503, "unavailable"),
      (.internalError, 500, "internal_error"),
    ]
    #expect(Set(table.map(\.0)) == Set(ClawError.Code.allCases))
    for (code, status, openAI) in table {
      let error = ClawError(
        code, "m", details: [.limit: 1], retryAfter: .milliseconds(1500), cause: CancellationError())
      let body = ErrorBody(error)
      #expect(body.code.rawValue == code.rawValue && body.message == "m" && body.details == ["limit": 1])
      #expect(body.retryable == [.unavailable, .resourceExhausted].contains(code) && body.retryAfterMs == 1500)
      let failure = HTTPFailure(error)
      #expect(failure.status.code == status)
      #expect(OpenAIErrorBody.Detail(failure).code == openAI)
      #expect(failure.response(.plain).headers[.retryAfter] == "2")
      #expect((failure.response(.openAI).headers[.wwwAuthenticate] != nil) == (code == .unauthorized))
    }
    #expect(ErrorCode.allCases.map(\.rawValue) == ClawError.Code.allCases.map(\.rawValue))
  }

  @Test("A foreign error is INTERNAL, and its text stays inside")
  func foreignError() async throws {
    struct Leak: Error { let path = "/etc/secret" }
    try await TestGateway.run { gateway in
      gateway.chat.set { $0.onAccept = { _ in throw Leak() } }
      let socket = try await gateway.connected()
      let answer = try await socket.call("chat.send", ["message": "hi"])
      #expect(answer["error"] == ["code": "INTERNAL", "message": "internal error", "retryable": false])
      let http = try await gateway.complete(["messages": [["role": "user", "content": "hi"]]])
      #expect(http.status == 500 && !http.text.contains("/etc"))
      #expect(gateway.logs.all.filter { $0.contains("/etc/secret") }.count == 2)
    }
  }
}
