import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("Secrets")
struct SecrecyTests {
  private static let providerKey = "test-key-of-the-provider-42"
  private static let question = "planted-question-7f3a"
  private static let answer = "planted-answer-91bc"

  /// Exercises a gateway's usual operations, including failures.
  private static func exercise(_ gateway: GatewayHarness, _ models: FakeModelServer) async throws -> [JSONValue] {
    models.enqueue(
      FakeReply([.text(answer), .call(id: "c", name: "calculator", arguments: #"{"expression":"1+1"}"#)]),
      .text(answer),
      .status(400, body: #"{"error":{"message":"bad key \#(providerKey) in \#(question)"}}"#),
      .status(401, body: #"{"error":{"message":"Incorrect API key provided: \#(providerKey)"}}"#),
      .status(500, body: providerKey), .status(500, body: providerKey), .status(500, body: providerKey),
      FakeReply([.text(answer)]).failing(after: 1, ["message": .string("broken \(providerKey)")]),
      FakeReply([.text(answer)]).cut(after: 1))
    let client = try await gateway.connect()
    var seen: [JSONValue] = [try await client.call("chat.send", ["message": .string(question)])]
    for _ in 1...5 { seen.append(try await client.failure("chat.send", ["message": .string(question)])) }
    seen.append(try await client.call("models.list"))
    seen.append(try await client.call("status"))
    seen.append(try await client.call("agent"))
    seen.append(try await client.failure("no.such.method", ["message": .string(question)]))
    seen += client.events
    let stranger = try await WireConnection.open(port: gateway.port)
    let wrong = gateway.token.dropLast() + "X"
    seen.append(try await stranger.failure("connect", ["token": .string(String(wrong))]))
    _ = await stranger.end()
    return seen
  }

  @Test("S34: at the level info no line of the log holds a token, a key, a question or an answer")
  func logAtInfo() async throws {
    let models = try await FakeModelServer.start()
    let log = try await GatewayHarness.run(
      models: models, logLevel: "info", set: { $0.set(Settings.retryBase, to: .milliseconds(1)) }
    ) { gateway in
      _ = try await Self.exercise(gateway, models)
      return gateway.log
    }
    #expect(!log.lines.isEmpty)
    for line in log.lines {
      for secret in [GatewayHarness.token, Self.providerKey, Self.question, Self.answer] {
        #expect(!line.contains(secret))
      }
    }
    await models.stop()
  }

  @Test("S34: at the level trace no line of the log holds a token or a key")
  func logAtTrace() async throws {
    let models = try await FakeModelServer.start()
    let log = try await GatewayHarness.run(
      models: models, logLevel: "trace", set: { $0.set(Settings.retryBase, to: .milliseconds(1)) }
    ) { gateway in
      _ = try await Self.exercise(gateway, models)
      return gateway.log
    }
    #expect(!log.lines.isEmpty)
    for line in log.lines {
      #expect(!line.contains(GatewayHarness.token))
      #expect(!line.contains(GatewayHarness.token.dropLast()))
      #expect(!line.contains(Self.providerKey))
    }
    await models.stop()
  }

  @Test("S33, S34: no answer to a client holds a token or a key, not even where a provider gives the key away")
  func answers() async throws {
    let models = try await FakeModelServer.start()
    let seen = try await GatewayHarness.run(
      models: models, set: { $0.set(Settings.retryBase, to: .milliseconds(1)) }
    ) { gateway in
      try await Self.exercise(gateway, models)
    }
    for frame in seen {
      let text = frame.serializedString()
      #expect(!text.contains(Self.providerKey))
      #expect(!text.contains(GatewayHarness.token))
    }
    await models.stop()
  }

  @Test("S34: a tool that is called with a secret shows it to nobody")
  func maskedArguments() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(.call("calculator", ["expression": .string(Self.providerKey)]), .text("done"))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      _ = try await client.call("chat.send", ["message": "hello"])
      #expect(client.events.names.contains("tool.call"))
      for event in client.events { #expect(!event.serializedString().contains(Self.providerKey)) }
      let history = try await client.call("chat.history", ["sessionKey": "agent:default:ws:main"])
      #expect(!history.serializedString().contains(Self.providerKey))
    }
    await models.stop()
  }

  @Test(
    "S5: a credential in the query string is refused, and stands in no log",
    arguments: ["token", "TOKEN", "%74oken", "api_key", "access_token", "key", "sender_id"])
  func queryString(name: String) async throws {
    let log = try await GatewayHarness.run(logLevel: "trace") { gateway in
      let socket = try await RawHTTP.send(
        port: gateway.port,
        """
        GET /ws?a=b&\(name)=\(gateway.token) HTTP/1.1\r
        Host: 127.0.0.1\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        \r

        """)
      #expect(socket.status == 400)
      #expect(!socket.body.contains(gateway.token))
      for path in ["/v1/models", "/health", "/nothing"] {
        let answer = try await RawHTTP.send(
          port: gateway.port,
          """
          GET \(path)?\(name)=\(gateway.token) HTTP/1.1\r
          Host: 127.0.0.1\r
          Authorization: Bearer \(gateway.token)\r
          Connection: close\r
          \r

          """)
        #expect(answer.status == 400, "\(path)")
        #expect(!answer.body.contains(gateway.token))
      }
      return gateway.log
    }
    #expect(!log.lines.contains { $0.contains(GatewayHarness.token) })
  }

  @Test(
    "S3: a page of a foreign origin opens no socket",
    arguments: [
      "http://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:1", "https://127.0.0.1:PORT",
      "http://127.0.0.1.evil.example:PORT", "http://127.0.0.1:PORT.evil.example", "http://localhost:PORT@evil.example",
      "http://evil.example/http://127.0.0.1:PORT", "file://", "",
    ])
  func foreignOrigin(origin: String) async throws {
    try await GatewayHarness.run { gateway in
      let sent = origin.replacing("PORT", with: String(gateway.port))
      let answer = try await RawHTTP.send(
        port: gateway.port,
        """
        GET /ws HTTP/1.1\r
        Host: \(sent.replacing("http://", with: ""))\r
        Origin: \(sent)\r
        Upgrade: websocket\r
        Connection: Upgrade\r
        Sec-WebSocket-Version: 13\r
        Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
        \r

        """)
      #expect([400, 403].contains(answer.status))
      if !sent.isEmpty, !sent.contains("@") { #expect(answer.status == 403 || answer.status == 400) }
    }
  }

  @Test("S3: the gateway's own page opens a socket")
  func ownOrigin() async throws {
    try await GatewayHarness.run { gateway in
      let own = try await WireConnection.open(
        port: gateway.port, headers: [("Origin", "http://127.0.0.1:\(gateway.port)")])
      #expect(try await own.call("health")["status"] == "ok")
    }
  }

  @Test("S1: without a credential nothing answers but what says that the gateway lives")
  func unauthenticated() async throws {
    try await GatewayHarness.run { gateway in
      for claim in [["user_id": "alice"], ["token": ""]] as [JSONValue] {
        let client = try await WireConnection.open(port: gateway.port)
        #expect(try await client.call("health")["status"] == "ok")
        for method in ["status", "agent", "chat.send", "chat.history", "sessions.list", "models.list", "no.such"] {
          #expect(try await client.failure(method)["code"] == "UNAUTHORIZED")
        }
        #expect(try await client.call("connect", claim)["status"] == "pending_pairing")
        #expect(try await client.failure("sessions.list")["code"] == "UNAUTHORIZED")
        await client.drop()
      }
      let guesser = try await WireConnection.open(port: gateway.port)
      #expect(try await guesser.failure("connect", ["token": "guess"])["code"] == "UNAUTHORIZED")
      #expect(await guesser.end().code == .policyViolation)
    }
  }
}
