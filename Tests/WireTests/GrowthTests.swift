import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("A session that grows")
struct GrowthTests {
  private static let turns = 60
  private static let history = 16

  @Test(
    "L21, L35: what a model is sent stays bounded, and begins the same until the window moves",
    arguments: ModelFaultTests.dialects)
  func bounded(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(
      models: models, dialect: dialect, set: { $0.set(Settings.historyMessages, to: Self.history) }
    ) { gateway in
      let client = try await gateway.connect()
      for number in 1...Self.turns {
        _ = try await client.call("chat.send", ["message": .string("message number \(100 + number)")])
      }
      // The transcript itself loses nothing.
      let session = try await client.call("sessions.list")["sessions"]?[0]
      #expect(session?["messageCount"] == .integer(Int64(2 * Self.turns)))
    }
    let requests = models.requests
    #expect(requests.count == Self.turns)
    let counts = requests.map { $0.messages.filter { $0["role"] != "system" }.count }
    #expect((counts.max() ?? 0) <= Self.history + 1)
    // Not one message is forgotten per turn: whole halves are, and rarely.
    let moves = zip(requests, requests.dropFirst()).count { Self.first($0) != Self.first($1) }
    #expect(moves > 0)
    #expect(moves <= Self.turns * 2 / (Self.history / 2) + 1)
    let late = requests.suffix(20).map(\.bytes.count).max() ?? 0
    let early = requests.prefix(20).map(\.bytes.count).max() ?? 0
    #expect(late <= early + early / 10)
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test(
    "L35: a run whose tools are called without end is bounded by its rounds, and its window stays whole",
    arguments: [1, 2, 10])
  func longTurn(history: Int) async throws {
    let models = try await FakeModelServer.start()
    models.respond { request in
      request.lastUserText == "go" && request.messages.count { $0["role"] == "tool" } < 18
        ? .call("calculator", ["expression": "1+1"]) : .text("enough: \(request.lastUserText)")
    }
    try await GatewayHarness.run(models: models, set: { $0.set(Settings.historyMessages, to: history) }) { gateway in
      let client = try await gateway.connect()
      #expect(try await client.call("chat.send", ["message": "before"])["content"] == "enough: before")
      let long = try await client.call("chat.send", ["message": "go"])
      #expect(long["status"] == "completed")
      #expect(long["iterations"] == 19)
      #expect(try await client.call("chat.send", ["message": "after"])["content"] == "enough: after")
    }
    // A turn is never cut in two, however long it is.
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("L7, L21: each of many queued messages is answered for itself, however short the window is")
  func longQueue() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("first").held(by: gate))
    try await GatewayHarness.run(models: models, set: { $0.set(Settings.historyMessages, to: 2) }) { gateway in
      let client = try await gateway.connect()
      let ids = (1...40).map { client.request("chat.send", ["message": .string("m\($0)"), "wait": true]) }
      while try await client.call("sessions.list")["sessions"]?[0]?["messageCount"] != 40 {}
      gate.open()
      for (index, id) in ids.enumerated().dropFirst() {
        let content = try await client.response(to: id)["payload"]?["content"]?.stringValue
        #expect(content == "echo: m\(index + 1)")
      }
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("L21: an event costs the same at the end of a long session: pages of the log are short")
  func longLog() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      for _ in 1...100 { _ = try await client.call("chat.send", ["message": "2+2", "stream": false]) }
      let events = client.events
      #expect(events.seqs == Array(1...events.count))
      let reader = try await gateway.connect()
      try await reader.subscribe(to: "agent:default:ws:main", after: 0)
      var again: [JSONValue] = []
      while again.count < events.count { again.append(try await reader.event()) }
      #expect(again == events)
      let history = try await reader.call(
        "chat.history", ["sessionKey": "agent:default:ws:main", "limit": 5])
      #expect(history["messages"]?.arrayValue?.count == 5)
    }
  }

  private static func first(_ request: FakeRequest) -> JSONValue? {
    let message = request.messages.first { $0["role"] != "system" }
    return message?["content"]?.stringValue.map { .string($0) } ?? message?["content"]?[0]?["text"]
  }
}
