import ClawJSON
import ClawTesting
import Testing

@Suite("chat.send")
struct ChatSendTests {
  /// The fields of every event's payload.
  private static let common: Set<String> = ["runId", "sessionKey", "agentId"]

  @Test("every event has exactly the members of the contract, in the order of the contract")
  func shapes() async throws {
    let talk = try await SteppedTalk.start()
    try await GatewayHarness.run(models: talk.models) { gateway in
      let client = try await gateway.connect()
      let id = client.request("chat.send", ["message": "m"])
      let events = try await client.read(talk, "m", through: 9)
      let response = try await client.response(to: id)
      #expect(events.names == SteppedTalk.names)
      for event in events {
        #expect(Set(event.objectValue?.keys ?? JSONObject().keys) == ["type", "event", "payload", "seq"])
        #expect(event["payload"]?["runId"] == response["payload"]?["runId"])
        #expect(event["payload"]?["sessionKey"] == "agent:default:ws:main")
        #expect(event["payload"]?["agentId"] == "default")
      }
      let further: [String: Set<String>] = [
        "run.started": ["model", "provider", "source", "attempt"], "chunk": ["content"],
        "tool.call": ["name", "id", "arguments"],
        "tool.result": ["name", "id", "is_error", "preview", "durationMs"],
        "run.completed": ["content", "usage", "iterations", "durationMs"],
      ]
      for event in events {
        let expected = Self.common.union(further[event["event"]?.stringValue ?? ""] ?? [])
        #expect(Set(event["payload"]?.objectValue?.keys ?? JSONObject().keys) == expected)
      }
      #expect(events[0]["payload"]?["model"] == "fake-large")
      #expect(events[0]["payload"]?["provider"] == "openai")
      #expect(events[0]["payload"]?["source"] == "ws")
      #expect(events[0]["payload"]?["attempt"] == 1)
      #expect(events[3]["payload"]?["arguments"] == ["expression": "12*7"])
      #expect(events[4]["payload"]?["preview"] == "84")
      #expect(events[4]["payload"]?["id"] == events[3]["payload"]?["id"])
      #expect(
        response == [
          "type": "res", "id": .integer(id), "ok": true,
          "payload": [
            "runId": events[0]["payload"]?["runId"] ?? .null, "sessionKey": "agent:default:ws:main",
            "content": "It is 84.", "status": "completed", "iterations": 2,
            "usage": ["prompt_tokens": 22, "completion_tokens": 14, "total_tokens": 36],
          ],
        ])
      #expect(events[8]["payload"]?["usage"] == response["payload"]?["usage"])
    }
    await talk.models.stop()
  }

  @Test("the response comes after the last event of its run")
  func responseLast() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      client.request("chat.send", ["message": "hello"])
      var frames: [JSONValue] = []
      while frames.last?["type"] != "res" { frames.append(try await client.frame()) }
      #expect(frames.dropLast().last?["event"] == "run.completed")
      _ = try await client.call("health")
      #expect(client.events.isEmpty)
    }
  }

  @Test("wait:false answers at once, and the run goes on")
  func withoutWaiting() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("done").held(by: gate))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let payload = try await client.call("chat.send", ["message": "go", "wait": false])
      #expect(payload["status"] == "accepted")
      #expect(payload["sessionKey"] == "agent:default:ws:main")
      #expect(Set(payload.objectValue?.keys ?? JSONObject().keys) == ["runId", "sessionKey", "status"])
      gate.open()
      let events = try await client.events(through: "run.completed")
      #expect(events.last?["payload"]?["runId"] == payload["runId"])
    }
    await models.stop()
  }

  @Test("stream:false has no chunks, for anybody, and the answer all the same")
  func withoutStream() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(
      FakeReply([.text("First. "), .call(id: "c", name: "calculator", arguments: #"{"expression":"1+1"}"#)]),
      .text("It is two."))
    try await GatewayHarness.run(models: models) { gateway in
      let other = try await gateway.connect()
      let client = try await gateway.connect()
      let payload = try await client.call("chat.send", ["message": "1+1", "stream": false])
      #expect(payload["content"] == "It is two.")
      #expect(client.events.names == ["run.started", "tool.call", "tool.result", "run.completed"])
      #expect(client.events.last?["payload"]?["content"] == "It is two.")
      #expect(try await other.events(through: "run.completed") == client.events)
    }
    await models.stop()
  }

  @Test("thinking is shown to those who asked, and to nobody else", arguments: ["openai", "anthropic"])
  func thinking(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.respond { _ in FakeReply([.thinking("Hm, "), .thinking("easy."), .text("Hello.")]) }
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      let quiet = try await client.call("chat.send", ["message": "hi"])
      #expect(quiet["content"] == "Hello.")
      #expect(!client.events.names.contains("thinking"))
      client.forgetEvents()
      let loud = try await client.call("chat.send", ["message": "hi", "thinking": true])
      #expect(loud["content"] == "Hello.")
      let thoughts = client.events.filter { $0["event"] == "thinking" }
      #expect(thoughts.compactMap { $0["payload"]?["content"]?.stringValue }.joined() == "Hm, easy.")
      #expect(client.events.text == "Hello.")
      let history = try await client.call("chat.history", ["sessionKey": "agent:default:ws:main"])
      #expect(!history.serializedString().contains("easy"))
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("what can't be a message is refused with its reason, and nothing is started")
  func refusals() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let wrong: [(params: JSONValue, code: JSONValue, names: String)] = [
        ([:], "INVALID_REQUEST", "message"),
        (["message": ""], "INVALID_REQUEST", "message"),
        (["message": " \n\t"], "INVALID_REQUEST", "message"),
        (["message": 7], "INVALID_REQUEST", "message"),
        (["message": .null], "INVALID_REQUEST", "message"),
        (["message": "m", "stream": "yes"], "INVALID_REQUEST", "stream"),
        (["message": "m", "sessionKey": "main"], "INVALID_REQUEST", "session"),
        (["message": "m", "sessionKey": "agent::x"], "INVALID_REQUEST", "agentId"),
        (["message": "m", "sessionKey": "agent:other:x", "agentId": "default"], "INVALID_REQUEST", "other"),
        (["message": "m", "agentId": "nobody"], "NOT_FOUND", "nobody"),
        (["message": "m", "sessionKey": "agent:nobody:x"], "NOT_FOUND", "nobody"),
        (["message": "m", "model": "nothing/at-all"], "NOT_FOUND", "nothing/at-all"),
        (["message": "m", "idempotencyKey": ""], "INVALID_REQUEST", "idempotencyKey"),
        (["message": "m", "userId": ""], "INVALID_REQUEST", "user"),
      ]
      for (params, code, names) in wrong {
        let error = try await client.failure("chat.send", params)
        #expect(error["code"] == code, "\(params)")
        #expect(error["message"]?.stringValue?.contains(names) == true, "\(params): \(error)")
        #expect(error["retryable"] != true)
      }
      let notAnObject = try await client.failure("chat.send", "message")
      #expect(notAnObject["code"] == "INVALID_REQUEST")
      #expect(try await client.call("sessions.list")["sessions"]?.arrayValue?.isEmpty == true)
    }
    #expect(models.requests.isEmpty)
    await models.stop()
  }

  @Test("L34: NO_REPLY as the whole answer is silence, and within an answer it is a word")
  func silence() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(
      FakeReply([.text("NO_"), .text("REPLY"), .text("\n")]), FakeReply([.text("NO_"), .text("REPLY is a word")]),
      FakeReply([.text("N"), .text("O")]), FakeReply([]))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      #expect(try await client.call("chat.send", ["message": "a"])["content"] == "")
      #expect(client.events.names == ["run.started", "run.completed"])
      client.forgetEvents()
      #expect(try await client.call("chat.send", ["message": "b"])["content"] == "NO_REPLY is a word")
      #expect(client.events.text == "NO_REPLY is a word")
      client.forgetEvents()
      #expect(try await client.call("chat.send", ["message": "c"])["content"] == "NO")
      #expect(client.events.text == "NO")
      client.forgetEvents()
      #expect(try await client.call("chat.send", ["message": "d"])["content"] == "")
      #expect(client.events.names == ["run.started", "run.completed"])
      let after = try await client.call("chat.send", ["message": "e"])
      #expect(after["content"]?.stringValue?.hasSuffix("e") == true)
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("a very long message arrives whole, and one beyond the limit is refused")
  func long() async throws {
    let models = try await FakeModelServer.start()
    models.respond { FakeReply([.text("echo: " + $0.lastUserText)]) }
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let longest = String(repeating: "ab ", count: 262_144 / 3)
      let payload = try await client.call("chat.send", ["message": .string(longest)])
      #expect(payload["content"]?.stringValue == "echo: " + longest)
      #expect(client.events.text == "echo: " + longest)
      let error = try await client.failure("chat.send", ["message": .string(longest + "abcd")])
      #expect(error["code"] == "INVALID_REQUEST")
      #expect(try await client.call("chat.send", ["message": "short"])["status"] == "completed")
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }
}
