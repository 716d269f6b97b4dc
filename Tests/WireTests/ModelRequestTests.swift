import ClawJSON
import ClawTesting
import Testing

@Suite("What a model is sent")
struct ModelRequestTests {
  @Test(
    "L20: the next request begins with the bytes of the one before, as far as that stays the same",
    arguments: ModelFaultTests.dialects)
  func stablePrefix(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(
      .text("first answer"), .call("calculator", ["expression": "1+1", "a": 1, "z": 2]), .text("second answer"),
      .text("third answer"))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      for number in 1...3 {
        _ = try await client.call("chat.send", ["message": .string("question number \(number)")])
      }
    }
    let requests = models.requests
    #expect(requests.count == 4)
    for (before, after) in zip(requests, requests.dropFirst()) {
      #expect(before.body["tools"] == after.body["tools"])
      #expect(before.body["system"] == after.body["system"])
      let (old, new) = (before.messages.map(Self.unmarked), after.messages.map(Self.unmarked))
      #expect(Array(new.prefix(old.count)) == old)
      // On the wire, too, the earlier conversation is a byte-identical prefix. (In the other dialect the cache marks
      // move, which its vendor ignores.)
      guard dialect == "openai" else { continue }
      let common = zip(before.bytes, after.bytes).prefix { $0 == $1 }.count
      let shared = String(decoding: before.bytes.prefix(common), as: UTF8.self)
      let said = before.lastUserText
      #expect(shared.contains(said), "the requests part before \(said)")
    }
    // The same prefix in another process: nothing in it is random.
    let again = try await FakeModelServer.start()
    try await GatewayHarness.run(models: again, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      _ = try await client.call("chat.send", ["message": "question number 1"])
    }
    #expect(Self.withoutUser(again.requests.first?.body) == Self.withoutUser(requests.first?.body))
    #expect(models.violations.isEmpty)
    await models.stop()
    await again.stop()
  }

  @Test(
    "L16: after an abort between the rounds of a tool conversation the session goes on, with every call answered",
    arguments: ModelFaultTests.dialects)
  func abortBetweenRounds(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(
      FakeReply([.text("Let me see."), .call(id: "call_1", name: "calculator", arguments: #"{"expression":"2*3"}"#)]),
      FakeReply.text("never said").held(by: FakeGate()))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      let id = client.request("chat.send", ["message": "2*3?"])
      _ = try await client.events(through: "tool.result")
      await models.received(2)
      _ = try await client.call("chat.abort", ["sessionKey": "agent:default:ws:main"])
      let response = try await client.response(to: id)
      #expect(response["payload"]?["status"] == "aborted")
      #expect(response["payload"]?["content"] == "")
      let after = try await client.call("chat.send", ["message": "go on"])
      #expect(after["content"]?.stringValue?.hasSuffix("go on") == true)
      let last = try #require(models.requests.last)
      #expect(last.body.serializedString().contains("Let me see."))
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test(
    "L16: an abort in the middle of an answer keeps what was said, and the session goes on",
    arguments: ModelFaultTests.dialects)
  func abortInText(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("one two").stalling(after: 1, FakeGate()))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      let id = client.request("chat.send", ["message": "count"])
      _ = try await client.events(through: "chunk")
      _ = try await client.call("chat.abort", ["sessionKey": "agent:default:ws:main"])
      _ = try await client.response(to: id)
      #expect(try await client.call("chat.send", ["message": "go on"])["content"] == "echo: go on")
      #expect(models.requests.last?.messages.map { $0["role"] }.suffix(3) == ["user", "assistant", "user"])
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test(
    "L16: a run that is ended by its limit of rounds closes its open calls", arguments: ModelFaultTests.dialects)
  func rounds(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.respond { _ in .call("calculator", ["expression": "1+1"]) }
    try await GatewayHarness.run(
      models: models, dialect: dialect, environment: ["SWIFTCLAW_RUNS_MAX_ITERATIONS": "3"]
    ) { gateway in
      let client = try await gateway.connect()
      let error = try await client.failure("chat.send", ["message": "for ever"])
      #expect(error["code"] == "RESOURCE_EXHAUSTED")
      #expect(models.requests.count == 3)
      #expect(client.events.names.count { $0 == "run.failed" } == 1)
      models.respond(nil)
      let after = try await client.call("chat.send", ["message": "go on"])
      #expect(after["content"]?.stringValue?.hasSuffix("go on") == true)
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("L18: signed thinking goes back to the model that signed it, and to no other")
  func signedThinking() async throws {
    let models = try await FakeModelServer.start()
    let call = FakeReply([
      .thinking("secret thought"), .call(id: "call_1", name: "calculator", arguments: #"{"expression":"1+1"}"#),
    ])
    models.enqueue(call, .text("two"), .text("other"))
    try await GatewayHarness.run(
      models: models, dialect: "anthropic", environment: ["SWIFTCLAW_MODEL": "claude-sonnet-4-5"]
    ) { gateway in
      let client = try await gateway.connect()
      _ = try await client.call("chat.send", ["message": "1+1", "thinking": true])
      let own = try #require(models.requests.last?.body.serializedString())
      #expect(own.contains("signed-by-fake") && own.contains("secret thought"))
      _ = try await client.call(
        "chat.send", ["message": "now you", "model": "anthropic/claude-opus-4-1", "thinking": true])
      let other = try #require(models.requests.last)
      #expect(other.model == "claude-opus-4-1")
      #expect(!other.body.serializedString().contains("signed-by-fake"))
      #expect(!other.body.serializedString().contains("secret thought"))
      // The model of one run applies only to that run.
      let started = client.events.filter { $0["event"] == "run.started" }.map { $0["payload"]?["model"] }
      #expect(started == ["claude-sonnet-4-5", "claude-opus-4-1"])
      _ = try await client.call("chat.send", ["message": "and you"])
      #expect(models.requests.last?.model == "claude-sonnet-4-5")
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  private static func unmarked(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(let members):
      .object(members.filter { $0.key != "cache_control" }.mapValues(unmarked))
    case .array(let items): .array(items.map(unmarked))
    default: value
    }
  }

  /// Without the session's id, which differs between stores.
  private static func withoutUser(_ body: JSONValue?) -> JSONValue? {
    var body = body
    body?["metadata"] = nil
    body?["user"] = nil
    return body
  }
}
