import ClawCore
import ClawJSON
import ClawTesting
import Testing

/// The real binary is killed while it runs jobs.
@Suite("Crashes of jobs", .timeLimit(.minutes(10)))
struct CronCrashTests {
  @Test("L29: killed right after a job's time was taken, the run happens at the next start, once")
  func killed() async throws {
    let directory = try TemporaryDirectory()
    let models = try await FakeModelServer.start()
    let first = try await GatewayProcess.start(in: directory, models: models, crashAt: FaultPoint.accepted.rawValue)
    let before = try await first.connect()
    let schedule: JSONValue = ["kind": "at", "atMs": .integer(TimeSource.system.now.milliseconds)]
    before.request("cron.create", ["name": "once", "schedule": schedule, "message": "only once"])
    await first.ended()

    let second = try await GatewayProcess.start(in: directory, models: models)
    let after = try await second.connect()
    let job = try #require(try await after.call("cron.list")["jobs"]?[0])
    #expect(job["enabled"] == false)
    let session = JSONValue.string("agent:default:cron:\(job["id"]?.stringValue ?? "")")
    try await after.subscribe(to: session, after: 0)
    let events = try await after.events(through: "run.completed")
    #expect(events.last?["payload"]?["content"] == "echo: only once")
    let history = try await after.call("chat.history", ["sessionKey": session])
    #expect(history["messages"]?.arrayValue?.compactMap { $0["role"]?.stringValue } == ["user", "assistant"])
    #expect(try await after.call("cron.list")["jobs"]?[0]?["state"]?["lastStatus"] == "completed")
    #expect(models.requests.count == 1)
    await second.killNow()
    await models.stop()
  }
}
