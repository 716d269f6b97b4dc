import ClawJSON
import ClawTesting
import Testing

@Suite("A conversation over WebSocket")
struct ConversationTests {
  @Test("a message is answered by the demo model as a stream, and the conversation is kept")
  func demo() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      let id = client.request("chat.send", ["message": "what is 12 * 7?"])
      let response = try await client.response(to: id)
      #expect(response["ok"] == true)
      #expect(response["payload"]?["status"] == "completed")
      let content = try #require(response["payload"]?["content"]?.stringValue)
      #expect(content.contains("84"))
      let events = client.events
      #expect(events.names.first == "run.started")
      #expect(events.names.last == "run.completed")
      #expect(events.names.contains("tool.call"))
      #expect(events.names.contains("tool.result"))
      #expect(events.seqs == Array(1...events.count))
      #expect(events.last?["payload"]?["content"]?.stringValue == content)
      let history = try await client.call("chat.history", ["sessionKey": "agent:default:ws:main"])
      let roles = history["messages"]?.arrayValue?.compactMap { $0["role"]?.stringValue }
      #expect(roles == ["user", "assistant", "tool", "assistant"])
      #expect(history["resumeSeq"]?.intValue == events.count)
    }
  }

  @Test("the same conversation goes through either vendor's API", arguments: ["openai", "anthropic"])
  func vendors(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(.call("calculator", ["expression": "12*7"]), .text("It is 84."), .text("You asked for a product."))
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      let first = try await client.call("chat.send", ["message": "what is 12 * 7?"])
      #expect(first["content"] == "It is 84.")
      #expect(first["iterations"] == 2)
      let second = try await client.call("chat.send", ["message": "what did I ask?"])
      #expect(second["content"] == "You asked for a product.")
      #expect(client.events.text == "It is 84.You asked for a product.")
    }
    #expect(models.violations.isEmpty)
    #expect(models.requests.count == 3)
    await models.stop()
  }

  @Test("L9: closing the socket does not stop the run")
  func closedSocket() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("still here").stalling(after: 1, gate))
    try await GatewayHarness.run(models: models) { gateway in
      let first = try await gateway.connect()
      first.request("chat.send", ["message": "hello"])
      _ = try await first.events(through: "chunk")
      await first.drop()
      let second = try await gateway.connect()
      _ = try await second.call("sessions.subscribe", ["sessionKey": "agent:default:ws:main", "afterSeq": 0])
      gate.open()
      let events = try await second.events(through: "run.completed")
      #expect(events.text == "still here")
      #expect(events.seqs == Array(1...events.count))
    }
    await models.stop()
  }

  @Test("L10: an abort closes the provider's socket, keeps what was said, and ends the run once")
  func abort() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("one two three").stalling(after: 2, FakeGate()))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let id = client.request("chat.send", ["message": "count"])
      while client.events.text != "one two " { client.keep(try await client.frame()) }
      let answer = try await client.call("chat.abort", ["sessionKey": "agent:default:ws:main"])
      #expect(answer["aborted"] == true)
      #expect(answer["runIds"]?.arrayValue?.count == 1)
      let response = try await client.response(to: id)
      #expect(response["ok"] == true)
      #expect(response["payload"]?["status"] == "aborted")
      #expect(response["payload"]?["content"] == "one two ")
      #expect(client.events.names.filter { $0 == "run.failed" || $0 == "run.completed" } == ["run.failed"])
      #expect(client.events.last?["payload"]?["error"]?["code"] == "ABORTED")
      await models.clientClosed(models.requests[0])
    }
    await models.stop()
  }
}
