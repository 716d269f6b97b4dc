import ClawCore
import ClawJSON
import ClawTesting
import Testing

/// The real binary is killed and restarted: nothing is lost or duplicated.
@Suite("Crashes", .timeLimit(.minutes(10)))
struct CrashTests {
  private static let session: JSONValue = "agent:default:ws:main"

  /// A model that calls a tool and then answers in several words, repeatably.
  private static func models() async throws -> FakeModelServer {
    try await FakeModelServer.start { request in
      request.body["messages"]?.arrayValue?.last?["role"] == "tool"
        ? FakeReply.text("it is eighty four").paced(.milliseconds(20))
        : FakeReply.call("calculator", ["expression": "12*7"])
    }
  }

  /// Those reached by a run that receives no messages.
  private static let points = FaultPoint.allCases.filter { $0 != .inboxRead }

  @Test("L10, L14: killed at a durable point, the run goes on at the next start", arguments: points)
  func killedAt(point: FaultPoint) async throws {
    let directory = try TemporaryDirectory()
    let models = try await Self.models()
    let first = try await GatewayProcess.start(in: directory, models: models, crashAt: point.rawValue)
    let before = try await first.connect()
    let params: JSONValue = ["message": "what is 12 * 7?", "idempotencyKey": "once"]
    before.request("chat.send", params)
    var seen: [JSONValue] = []
    while let frame = try? await before.frame() { seen.append(frame) }
    await first.ended()
    let events = seen.filter { $0["type"] == "event" }

    let second = try await GatewayProcess.start(in: directory, models: models)
    let after = try await second.connect()
    try await after.subscribe(to: Self.session, after: events.seqs.last ?? 0)
    // The same request maps to the same run; after the point `accepted` nobody else knows of it.
    let answer = try await after.call("chat.send", params)
    #expect(answer["content"] == "it is eighty four")
    let all = try await events + Self.rest(of: after, after: events)
    try Self.expectWhole(all)
    try await Self.expectHistory(of: after)
    #expect(models.violations.isEmpty)
    await second.killNow()
    await models.stop()
  }

  /// The events up to the end of the run, unless they were all seen before the crash.
  private static func rest(of client: WireConnection, after events: [JSONValue]) async throws -> [JSONValue] {
    if events.names.contains("run.completed") { return client.events }
    return try await client.events(through: "run.completed")
  }

  /// One gapless sequence with one end, and an answer equal to what was streamed last.
  private static func expectWhole(_ events: [JSONValue]) throws {
    #expect(events.seqs == Array(1...events.count))
    #expect(events.names.filter { $0 == "run.completed" || $0 == "run.failed" } == ["run.completed"])
    let lastStart = try #require(events.lastIndex { $0["event"] == "run.started" || $0["event"] == "tool.result" })
    #expect(Array(events[lastStart...]).text == "it is eighty four")
    #expect(events.last?["payload"]?["content"] == "it is eighty four")
    let attempts = events.filter { $0["event"] == "run.started" }.compactMap { $0["payload"]?["attempt"]?.intValue }
    #expect(attempts == Array(1...attempts.count))
  }

  private static func expectHistory(of client: WireConnection) async throws {
    let history = try await client.call("chat.history", ["sessionKey": session])
    let messages = try #require(history["messages"]?.arrayValue)
    #expect(messages.compactMap { $0["role"]?.stringValue } == ["user", "assistant", "tool", "assistant"])
    #expect(messages.compactMap { $0["seq"]?.intValue } == [1, 2, 3, 4])
    #expect(messages.last?["content"] == "it is eighty four")
  }

  @Test("kill -9 in the middle of a stream: the run finishes, every event and every message is there once")
  func killedInMidStream() async throws {
    let directory = try TemporaryDirectory()
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("one two three").stalling(after: 1, gate), .text("one two three"))
    let first = try await GatewayProcess.start(in: directory, models: models)
    let before = try await first.connect()
    before.request("chat.send", ["message": "count"])
    let events = try await before.events(through: "chunk")
    await first.killNow()
    gate.open()

    let second = try await GatewayProcess.start(in: directory, models: models)
    let after = try await second.connect()
    try await after.subscribe(to: Self.session, after: events.seqs.last ?? 0)
    let all = try await events + after.events(through: "run.completed")
    #expect(all.seqs == Array(1...all.count))
    #expect(all.names.filter { $0 == "run.started" }.count == 2)
    #expect(all.last?["payload"]?["content"] == "one two three")
    let history = try await after.call("chat.history", ["sessionKey": Self.session])
    #expect(history["messages"]?.arrayValue?.compactMap { $0["role"]?.stringValue } == ["user", "assistant"])
    await second.killNow()
    await models.stop()
  }

  @Test("SIGTERM lets a running run end, tells the clients, and leaves nothing behind")
  func drained() async throws {
    let directory = try TemporaryDirectory()
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("good bye").stalling(after: 1, gate))
    let gateway = try await GatewayProcess.start(in: directory, models: models)
    let client = try await gateway.connect()
    let id = client.request("chat.send", ["message": "hello"])
    _ = try await client.events(through: "chunk")
    async let status = gateway.terminate()
    _ = try await client.events(through: "shutdown")
    let refused = try await client.failure("chat.send", ["message": "one more"])
    #expect(refused["code"] == "UNAVAILABLE")
    #expect(refused["retryable"] == true)
    gate.open()
    let response = try await client.response(to: id)
    #expect(response["payload"]?["content"] == "good bye", "\(response)")
    #expect(await client.end().code == .goingAway)
    #expect(await status == 0)
    await models.stop()
  }

  @Test("a run that is not done within the drain timeout is left for the next start, not failed")
  func leftForTheNextStart() async throws {
    let directory = try TemporaryDirectory()
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("never").stalling(after: 0, FakeGate()), .text("at last"))
    let first = try await GatewayProcess.start(
      in: directory, models: models, environment: ["SWIFTCLAW_GATEWAY_DRAIN_TIMEOUT": "50ms"])
    let before = try await first.connect()
    let id = before.request("chat.send", ["message": "hello"])
    _ = try await before.events(through: "run.started")
    async let status = first.terminate()
    let response = try await before.response(to: id)
    #expect(response["error"]?["code"] == "UNAVAILABLE")
    #expect(response["error"]?["retryable"] == true)
    #expect(await status == 0)

    let second = try await GatewayProcess.start(in: directory, models: models)
    let after = try await second.connect()
    try await after.subscribe(to: Self.session, after: 0)
    let events = try await after.events(through: "run.completed")
    #expect(!events.names.contains("run.failed"))
    #expect(events.last?["payload"]?["content"] == "at last")
    await second.killNow()
    await models.stop()
  }

  @Test("S1: a second gateway on the same data directory is refused by name")
  func secondProcess() async throws {
    let directory = try TemporaryDirectory()
    let gateway = try await GatewayProcess.start(in: directory)
    let error = await #expect(throws: GatewayProcess.CouldNotStart.self) {
      _ = try await GatewayProcess.start(in: directory)
    }
    #expect(error?.description.contains("another gateway is running") == true)
    await gateway.killNow()
  }
}
