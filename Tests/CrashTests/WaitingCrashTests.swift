import ClawCore
import ClawJSON
import ClawTesting
import Testing

/// A parked run consists only of rows and survives every crash.
@Suite("Crashes while a run waits", .timeLimit(.minutes(10)))
struct WaitingCrashTests {
  private static let session: JSONValue = "agent:default:ws:main"

  private static func tools() -> [any Tool] { [TestTool.deploy(.system)] }

  /// A gateway with a waiting tool leaves a parked run.
  private static func park(
    in directory: TemporaryDirectory, _ models: FakeModelServer
  ) async throws -> (run: JSONValue, events: [JSONValue]) {
    models.enqueue(.call("deploy", ["to": "prod"]))
    return try await GatewayHarness.run(in: directory, models: models, tools: tools()) { gateway in
      let client = try await gateway.connect()
      let run = try await client.call("chat.send", ["message": "deploy it", "wait": false])["runId"] ?? .null
      return (run, try await client.events(through: "run.waiting"))
    }
  }

  private static func said(_ client: WireConnection) async throws -> [String] {
    let history = try await client.call("chat.history", ["sessionKey": session])
    return (history["messages"]?.arrayValue ?? []).map {
      "\($0["role"]?.stringValue ?? ""): \($0["content"]?.stringValue ?? "")"
    }
  }

  @Test(
    "processes that are killed, of this version or of a newer one, leave it as it is; then it is decided",
    arguments: [false, true])
  func killed(isNewer: Bool) async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let models = try await FakeModelServer.start()
    let (run, before) = try await Self.park(in: directory, models)
    for _ in 0..<2 {
      let process = try await GatewayProcess.start(
        in: directory, models: models, environment: isNewer ? ["SWIFTCLAW_WRITE_NEWER": "1"] : [:])
      let client = try await process.connect()
      #expect(try await client.call("status")["lanes"]?["main"]?["waiting"] == 1)
      let subscription = try await client.call("sessions.subscribe", ["sessionKey": Self.session, "afterSeq": 0])
      #expect(subscription["activeRunId"] == run)
      #expect(try await client.events(through: "run.waiting") == before)
      await process.killNow()
    }
    models.enqueue(.text("it is done"))
    try await GatewayHarness.run(in: directory, models: models, tools: Self.tools()) { gateway in
      let client = try await gateway.connect()
      try await client.subscribe(to: Self.session, after: 0)
      try await gateway.decide(of: run)
      let events = try await client.events(through: "run.completed")
      #expect(Array(events.prefix(before.count)) == before && events.seqs == Array(1...events.count))
      #expect(events.names.filter { $0 == "run.started" }.count == 1)
      #expect(
        try await Self.said(client) == [
          "user: deploy it", "assistant: ", "tool: deployed, allowed by owner", "assistant: it is done",
        ])
    }
    #expect(models.requests.count == 2 && models.violations.isEmpty)
    await models.stop()
  }

  @Test(
    "killed around the moment at which a run that waited reads a message: it is read once, and answered",
    arguments: ["accepted", "inboxRead"], [false, true])
  func steered(crashAt point: String, isNewer: Bool) async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let models = try await FakeModelServer.start()
    let run = try await Self.park(in: directory, models).run
    let newer = isNewer ? ["SWIFTCLAW_WRITE_NEWER": "1"] : [:]
    let steer: JSONValue = ["message": "rather not", "mode": "steer", "idempotencyKey": "k"]
    let first = try await GatewayProcess.start(
      in: directory, models: models, crashAt: point == "accepted" ? nil : point, environment: newer)
    let before = try await first.connect()
    var accepted = steer
    accepted["wait"] = false
    if point == "accepted" {
      // The answer is held back, so the run can at most have been resumed.
      let gate = FakeGate()
      models.enqueue(FakeReply.text("never").held(by: gate))
      #expect(try await before.call("chat.send", accepted)["runId"] == run)
      await first.killNow()
      gate.open()
    } else {
      before.request("chat.send", accepted)
      await first.ended()
    }
    models.respond { _ in .text("understood") }
    let second = try await GatewayProcess.start(in: directory, models: models)
    let after = try await second.connect()
    let answer = try await after.call("chat.send", steer)
    #expect(answer["runId"] == run && answer["status"] == "completed")
    let said = try await Self.said(after)
    #expect(said.count == 5 && said[3] == "user: rather not" && said[2].hasPrefix("tool: not run: the user sent"))
    await second.killNow()
    #expect(models.violations.isEmpty)
    await models.stop()
  }
}
