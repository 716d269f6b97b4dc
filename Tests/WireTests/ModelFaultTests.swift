import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("A model that fails")
struct ModelFaultTests {
  static let dialects = ["openai", "anthropic"]

  /// A failure before the first piece of an answer.
  struct Fault: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reply: FakeReply

    static let passing: [Fault] = [
      Fault(testDescription: "429 with Retry-After", reply: .rateLimited(retryAfter: "0")),
      Fault(testDescription: "429 without", reply: .rateLimited()),
      Fault(testDescription: "500", reply: .status(500, body: "<html>oops</html>")),
      Fault(
        testDescription: "529",
        reply: .status(529, body: #"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#)),
      Fault(testDescription: "cut before the first piece", reply: FakeReply.text("lost").cut(after: 0)),
      Fault(testDescription: "end before the first piece", reply: FakeReply.text("lost").endingEarly(after: 0)),
      Fault(
        testDescription: "error object in the stream",
        reply: FakeReply.text("lost").failing(after: 0, ["type": "overloaded_error", "message": "Overloaded"])),
    ]
  }

  private static func patient(_ values: inout ConfigurationValues) {
    values.set(Settings.retryBase, to: .milliseconds(1))
    values.set(Settings.rateLimitPause, to: .milliseconds(1))
  }

  @Test("L22: an error before the first text is retried invisibly", arguments: dialects, Fault.passing)
  func triedAgain(dialect: String, fault: Fault) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(fault.reply, fault.reply, .text("here I am"))
    try await GatewayHarness.run(models: models, dialect: dialect, set: Self.patient) { gateway in
      let client = try await gateway.connect()
      let payload = try await client.call("chat.send", ["message": "hello"])
      #expect(payload["content"] == "here I am")
      #expect(payload["iterations"] == 1)
      #expect(client.events.text == "here I am")
      #expect(client.events.names.filter { $0 != "chunk" } == ["run.started", "run.completed"])
    }
    #expect(models.requests.count == 3)
    #expect(Set(models.requests.map(\.bytes)).count == 1)
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("a fault that stays ends the run once, with its code, and the session goes on", arguments: dialects)
  func staying(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    let faults: [(reply: FakeReply, code: JSONValue, retryable: Bool)] = [
      (.status(500, body: "{}"), "UNAVAILABLE", true),
      (.rateLimited(retryAfter: "3600"), "RESOURCE_EXHAUSTED", true),
      (.status(402, body: #"{"error":{"message":"no credit"}}"#), "RESOURCE_EXHAUSTED", true),
      (.status(404, body: #"{"error":{"message":"no such model"}}"#), "FAILED_PRECONDITION", false),
      (.status(400, body: #"{"error":{"message":"refused"}}"#), "INVALID_REQUEST", false),
      (.status(200, body: "this is no answer"), "UNAVAILABLE", true),
    ]
    try await GatewayHarness.run(models: models, dialect: dialect, set: Self.patient) { gateway in
      let client = try await gateway.connect()
      for (number, fault) in faults.enumerated() {
        models.respond { _ in fault.reply }
        let error = try await client.failure("chat.send", ["message": .string("m\(number)")])
        #expect(error["code"] == fault.code, "\(error)")
        if fault.retryable, fault.code == "UNAVAILABLE" { #expect(error["retryable"] == true) }
        #expect(client.events.names == ["run.started", "run.failed"])
        #expect(client.events.last?["payload"]?["error"]?["code"] == fault.code)
        #expect(client.events.last?["payload"]?["error"]?["message"] == error["message"])
        client.forgetEvents()
        models.respond(nil)
        let after = try await client.call("chat.send", ["message": "and now?"])
        #expect(after["content"]?.stringValue?.hasSuffix("and now?") == true)
        client.forgetEvents()
      }
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("a long Retry-After is told to the client instead of being waited for")
  func retryAfter() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(.rateLimited(retryAfter: "3600"))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let error = try await client.failure("chat.send", ["message": "hello"])
      #expect(error["code"] == "RESOURCE_EXHAUSTED")
      #expect(error["retryAfterMs"] == 3_600_000)
      #expect(error["retryable"] == true)
    }
    #expect(models.requests.count == 1)
    await models.stop()
  }

  @Test(
    "L22: a stream that breaks after some text is begun anew: a further attempt makes void what was said",
    arguments: dialects, ["cut", "early", "error"])
  func brokenStream(dialect: String, fault: String) async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    let reply = FakeReply.text("one two three").stalling(after: 1, gate)
    switch fault {
    case "cut": models.enqueue(reply.cut(after: 1), .text("all at once"))
    case "early": models.enqueue(reply.endingEarly(after: 1), .text("all at once"))
    default:
      models.enqueue(reply.failing(after: 1, ["type": "api_error", "message": "broken"]), .text("all at once"))
    }
    try await GatewayHarness.run(models: models, dialect: dialect, set: Self.patient) { gateway in
      let client = try await gateway.connect()
      let id = client.request("chat.send", ["message": "count"])
      var events = try await client.events(through: "chunk")
      gate.open()
      let response = try await client.response(to: id)
      events += client.events
      #expect(response["payload"]?["content"] == "all at once")
      let starts = events.filter { $0["event"] == "run.started" }
      #expect(starts.map { $0["payload"]?["attempt"] } == [1, 2])
      let second = try #require(events.lastIndex { $0["event"] == "run.started" })
      #expect(Array(events[..<second]).text == "one ")
      #expect(Array(events[second...]).text == "all at once")
      #expect(events.names.last == "run.completed")
      #expect(events.compactMap { $0["seq"]?.intValue } == Array(1...events.count))
      #expect(models.requests.count == 2)
      client.forgetEvents()
      let after = try await client.call("chat.send", ["message": "again"])
      #expect(after["content"]?.stringValue?.hasSuffix("again") == true)
      let answers = models.requests.last?.body["messages"]?.arrayValue?.filter { $0["role"] == "assistant" } ?? []
      #expect(!answers.isEmpty && !answers.contains { $0.serializedString().contains("one ") })
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("L22: where no attempt gets to say anything, what was said stays, and the run fails once", arguments: dialects)
  func brokenForGood(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("one two").stalling(after: 1, gate).cut(after: 1), .status(500), .status(500))
    try await GatewayHarness.run(models: models, dialect: dialect, set: Self.patient) { gateway in
      let client = try await gateway.connect()
      let id = client.request("chat.send", ["message": "count"])
      var events = try await client.events(through: "chunk")
      gate.open()
      let response = try await client.response(to: id)
      events += client.events
      #expect(response["error"]?["code"] == "UNAVAILABLE")
      #expect(events.names == ["run.started", "chunk", "run.failed"])
    }
    await models.stop()
  }

  @Test(
    "reasoning that nobody is shown does not stand in the way of another try", arguments: dialects, [true, false])
  func unseenReasoning(dialect: String, isStreamed: Bool) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply([.thinking("hm, hm")]).cut(after: 1), .text("here I am"))
    try await GatewayHarness.run(models: models, dialect: dialect, set: Self.patient) { gateway in
      let client = try await gateway.connect()
      let payload = try await client.call("chat.send", ["message": "hello", "stream": .bool(isStreamed)])
      #expect(payload["content"] == "here I am")
      #expect(client.events.names.filter { $0 != "chunk" } == ["run.started", "run.completed"])
    }
    #expect(models.requests.count == 2)
    await models.stop()
  }

  @Test("text that nobody is shown does not either, and another model of the agent may answer")
  func unseenText() async throws {
    let models = try await FakeModelServer.start()
    models.respond { request in
      request.model == "fake-large" ? FakeReply.text("half of it").cut(after: 1) : .text("whole")
    }
    try await GatewayHarness.run(models: models, set: Self.patient) { gateway in
      let client = try await gateway.connect()
      _ = try await client.call(
        "agents.create", ["name": "two", "models": ["openai/fake-large", "openai/fake-small"]])
      let payload = try await client.call("chat.send", ["message": "hello", "agentId": "two", "stream": false])
      #expect(payload["content"] == "whole")
    }
    await models.stop()
  }

  @Test("an answer over HTTP that is not streamed is begun anew, and the caller sees the whole one alone")
  func wholeOverHTTP() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("half of it").cut(after: 1), .text("whole"))
    try await GatewayHarness.run(models: models, set: Self.patient) { gateway in
      let answer = try await HTTPCaller(gateway).complete(HTTPCaller.body("hello"))
      #expect(answer.json["choices"]?[0]?["message"]?["content"] == "whole", "\(answer.text)")
    }
    #expect(models.requests.count == 2)
    await models.stop()
  }

  @Test("a provider that says nothing any more ends the run with AGENT_TIMEOUT", arguments: dialects, [0, 1])
  func silence(dialect: String, after pieces: Int) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("one two").stalling(after: pieces, FakeGate()))
    try await GatewayHarness.run(
      models: models, dialect: dialect, set: { $0.set(Settings.modelSilenceTimeout, to: .milliseconds(500)) }
    ) { gateway in
      let client = try await gateway.connect()
      let error = try await client.failure("chat.send", ["message": "hello"])
      #expect(error["code"] == "AGENT_TIMEOUT")
      #expect(client.events.names.last == "run.failed")
      #expect(client.events.text == (pieces == 0 ? "" : "one "))
      for request in models.requests { await models.clientClosed(request) }
    }
    #expect(models.requests.count == 1)
    await models.stop()
  }

  @Test("a provider that does not begin to answer ends the run with AGENT_TIMEOUT", arguments: dialects)
  func noHead(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("late").held(by: FakeGate()))
    try await GatewayHarness.run(
      models: models, dialect: dialect, set: { $0.set(Settings.modelFirstByteTimeout, to: .milliseconds(500)) }
    ) { gateway in
      let client = try await gateway.connect()
      #expect(try await client.failure("chat.send", ["message": "hello"])["code"] == "AGENT_TIMEOUT")
      for request in models.requests { await models.clientClosed(request) }
    }
    await models.stop()
  }

  @Test("a refused key is told with the variable to set, and without the key", arguments: dialects)
  func refusedKey(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    models.accept(keys: ["another key"])
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      let error = try await client.failure("chat.send", ["message": "hello"])
      #expect(error["code"] == "FAILED_PRECONDITION")
      let message = try #require(error["message"]?.stringValue)
      #expect(message.contains("SWIFTCLAW_\(dialect.uppercased())_API_KEY"))
      #expect(!message.contains("test-key"))
      #expect(error["retryable"] != true)
    }
    await models.stop()
  }

  @Test("L10: an abort ends the pause between two tries as well")
  func abortInPause() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(.rateLimited(retryAfter: "3600"), .text("never"))
    try await GatewayHarness.run(models: models, set: { $0.set(Settings.retryCap, to: .seconds(7200)) }) { gateway in
      let client = try await gateway.connect()
      let id = client.request("chat.send", ["message": "hello"])
      await models.received(1)
      _ = try await client.call("chat.abort", ["sessionKey": "agent:default:ws:main"])
      #expect(try await client.response(to: id)["payload"]?["status"] == "aborted")
      #expect(client.events.names == ["run.started", "run.failed"])
    }
    #expect(models.requests.count == 1)
    await models.stop()
  }

  @Test("a provider that is not there is told with its address")
  func unreachable() async throws {
    let models = try await FakeModelServer.start()
    await models.stop()
    try await GatewayHarness.run(models: models, set: Self.patient) { gateway in
      let client = try await gateway.connect()
      let error = try await client.failure("chat.send", ["message": "hello"])
      #expect(error["code"] == "UNAVAILABLE")
      #expect(error["message"]?.stringValue?.contains("127.0.0.1:\(models.port)") == true)
    }
  }

  @Test("L19: a conversation that is too long for the model is shortened and asked again", arguments: dialects)
  func tooLong(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    let limit = 5
    models.respond { request in
      let dialogue = request.messages.filter { $0["role"] != "system" }
      guard dialogue.count <= limit else {
        return .status(
          400,
          body: #"{"error":{"message":"maximum context length exceeded","code":"context_length_exceeded"}}"#)
      }
      return .text("ok")
    }
    try await GatewayHarness.run(models: models, dialect: dialect) { gateway in
      let client = try await gateway.connect()
      for number in 1...8 {
        #expect(try await client.call("chat.send", ["message": .string("m\(number)")])["content"] == "ok")
      }
      let history = try await client.call("chat.history", ["sessionKey": "agent:default:ws:main"])
      #expect(history["messages"]?.arrayValue?.count == 16)
      // There is nothing left to omit.
      models.respond { _ in
        .status(400, body: #"{"error":{"message":"too long","code":"context_length_exceeded"}}"#)
      }
      let error = try await client.failure("chat.send", ["message": "m9"])
      #expect(error["code"] == "INVALID_REQUEST")
      models.respond(nil)
      #expect(try await client.call("chat.send", ["message": "m10"])["status"] == "completed")
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }
}
