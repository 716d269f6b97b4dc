import ClawJSON
import ClawTesting
import Testing

@Suite("A gateway that is started again in the same directory")
struct RestartTests {
  private static let key: JSONValue = "agent:default:ws:main"

  @Test("sessions, history, numbers, labels and used keys are as they were")
  func kept() async throws {
    let directory = try TemporaryDirectory()
    let send: JSONValue = ["message": "hello", "idempotencyKey": "k"]
    let (first, events) = try await GatewayHarness.run(in: directory) { gateway in
      let client = try await gateway.connect()
      let payload = try await client.call("chat.send", send)
      _ = try await client.call("sessions.label", ["key": Self.key, "label": "kept"])
      return (payload, client.events)
    }
    try await GatewayHarness.run(in: directory) { gateway in
      let client = try await gateway.connect()
      #expect(try await client.call("chat.send", send) == first)
      let session = try await client.call("sessions.list")["sessions"]?[0]
      #expect(session?["label"] == "kept")
      #expect(session?["messageCount"] == 2)
      try await client.subscribe(to: Self.key, after: 0)
      #expect(try await client.events(through: "run.completed") == events)
      _ = try await client.call("chat.send", ["message": "again"])
      #expect(client.events.seqs.first == events.count + 1)
    }
  }

  @Test("L14: a run that was cut off is taken up again, and its client resumes where it was", arguments: [false, true])
  func takenUp(afterTool: Bool) async throws {
    let directory = try TemporaryDirectory()
    let models = try await FakeModelServer.start()
    let call = FakeReply([
      .text("Let me see. "), .call(id: "c", name: "calculator", arguments: #"{"expression":"6*7"}"#),
    ])
    if afterTool { models.enqueue(call) }
    models.enqueue(FakeReply.text("cut off").stalling(after: 1, FakeGate()))
    let seen = try await GatewayHarness.run(in: directory, models: models) { gateway in
      let client = try await gateway.connect()
      client.request("chat.send", ["message": "hello", "idempotencyKey": "k"])
      var seen: [JSONValue] = []
      while seen.text != (afterTool ? "Let me see. cut " : "cut ") { seen.append(try await client.event()) }
      return seen
    }
    models.enqueue(.text("whole again"))
    try await GatewayHarness.run(in: directory, models: models) { gateway in
      let client = try await gateway.connect()
      let answer = client.request("chat.send", ["message": "hello", "idempotencyKey": "k"])
      #expect(try await client.response(to: answer)["payload"]?["content"] == "whole again")
      try await client.subscribe(to: Self.key, after: seen.count)
      let events = seen + (try await client.events(through: "run.completed"))
      #expect(events.seqs == Array(1...events.count))
      let starts = events.filter { $0["event"] == "run.started" }.map { $0["payload"]?["attempt"] }
      #expect(starts == [1, 2])
      #expect(Set(events.map { $0["payload"]?["runId"] }).count == 1)
      // The tool that had returned is not run again.
      #expect(events.names.count { $0 == "tool.call" } == (afterTool ? 1 : 0))
      let history = try await client.call("chat.history", ["sessionKey": Self.key])
      #expect(history["messages"]?.arrayValue?.count == (afterTool ? 4 : 2))
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }
}
