import ClawJSON
import ClawTesting
import Testing

/// Messages to a running run are neither lost nor read twice, whenever the process is killed.
@Suite("Crashes of steered runs", .timeLimit(.minutes(10)))
struct SteeringCrashTests {
  private static let session: JSONValue = "agent:default:ws:main"
  private static let steer: JSONValue = ["message": "go on", "mode": "steer", "idempotencyKey": "k"]

  private static func said(_ client: WireConnection) async throws -> [String] {
    let history = try await client.call("chat.history", ["sessionKey": session])
    return (history["messages"]?.arrayValue ?? []).map { $0["content"]?.stringValue ?? "" }
  }

  @Test("kill -9 with a message that nobody has read: the next attempt reads it before its first call")
  func unread() async throws {
    let directory = try TemporaryDirectory()
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(FakeReply.text("one").held(by: gate), .text("two"))
    let first = try await GatewayProcess.start(in: directory, models: models)
    let before = try await first.connect()
    before.request("chat.send", ["message": "count"])
    await gate.reached()
    let receipt = try await before.call("chat.send", Self.withoutWaiting)
    await first.killNow()

    let second = try await GatewayProcess.start(in: directory, models: models)
    let after = try await second.connect()
    let answer = try await after.call("chat.send", Self.steer)
    #expect(answer["content"] == "two" && answer["runId"] == receipt["runId"])
    #expect(try await Self.said(after) == ["count", "go on", "two"])
    #expect(models.requests.count == 2 && models.violations.isEmpty)
    await second.killNow()
    await models.stop()
  }

  private static var withoutWaiting: JSONValue {
    var params = steer
    params["wait"] = false
    return params
  }

  @Test("killed right after a message was read: it stands in the transcript once, and is answered")
  func read() async throws {
    let directory = try TemporaryDirectory()
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(FakeReply.text("one").held(by: gate), .text("two"))
    let first = try await GatewayProcess.start(in: directory, models: models, crashAt: "inboxRead")
    let before = try await first.connect()
    before.request("chat.send", ["message": "count"])
    await gate.reached()
    let receipt = try await before.call("chat.send", Self.withoutWaiting)
    gate.open()
    await first.ended()

    let second = try await GatewayProcess.start(in: directory, models: models)
    let after = try await second.connect()
    let answer = try await after.call("chat.send", Self.steer)
    #expect(answer["content"] == "two" && answer["runId"] == receipt["runId"])
    #expect(try await Self.said(after) == ["count", "one", "go on", "two"])
    #expect(models.violations.isEmpty)
    await second.killNow()
    await models.stop()
  }
}
