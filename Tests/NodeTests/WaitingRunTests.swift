import ClawCore
import ClawJSON
import ClawTesting
import Testing

extension NodeTests {
  @Suite("Runs that wait, on several nodes")
  struct WaitingRunTests {
    private static let session: JSONValue = "agent:default:ws:main"
    private static let week: Duration = .seconds(7 * 86_400)

    @Test(
      "one waits a week, is decided on another node, and ends as if nothing had been, for whoever waits or watches",
      arguments: News.allCases)
    func decidedElsewhere(news: News) async throws {
      let (clock, models) = (MovableClock(), try await FakeModelServer.start())
      models.enqueue(.call("deploy", ["to": "prod"]), .text("it is done"))
      try await Pair.run(news, models: models, tools: [TestTool.deploy(clock.source)], time: clock.source) { nodes in
        let (here, there) = (try await nodes.first.connect(), try await nodes.second.connect())
        try await there.subscribe(to: Self.session, after: 0)
        let asked = here.request("chat.send", ["message": "deploy it"])
        var events = try await here.events(through: "run.waiting")
        let run = events.last?["payload"]?["runId"] ?? .null
        #expect(try await there.events(through: "run.waiting") == events)
        clock.advance(by: Self.week)
        let subscription = try await nodes.second.connect().call("sessions.subscribe", ["sessionKey": Self.session])
        #expect(subscription["activeRunId"] == run)
        try await nodes.second.decide(of: run)
        let answer = try await here.response(to: asked)["payload"]
        #expect(answer?["content"] == "it is done" && answer?["runId"] == run && answer?["iterations"] == 2)
        let rest = try await there.events(through: "run.completed")
        events += rest
        #expect(events.seqs == Array(1...events.count))
        #expect(
          events.names.filter { $0 != "chunk" } == [
            "run.started", "tool.call", "run.waiting", "run.resumed", "tool.result", "run.completed",
          ])
        #expect(try await there.call("status")["lanes"]?["main"]?["waiting"] == 0)
      }
      #expect(models.requests.last?.lastToolResults == ["deployed, allowed by owner"])
      #expect(models.violations.isEmpty)
      await models.stop()
    }

    @Test("a message on another node steers one that waits, or interrupts it", arguments: News.allCases, [true, false])
    func spokenTo(news: News, isSteered: Bool) async throws {
      let (clock, models) = (MovableClock(), try await FakeModelServer.start())
      models.enqueue(.call("deploy", ["to": "prod"]), .text("understood"))
      try await Pair.run(news, models: models, tools: [TestTool.deploy(clock.source)], time: clock.source) { nodes in
        let (here, there) = (try await nodes.first.connect(), try await nodes.second.connect())
        let asked = here.request("chat.send", ["message": "deploy it"])
        _ = try await here.events(through: "run.waiting")
        let mode: JSONValue = isSteered ? "steer" : "interrupt"
        let answer = try await there.call("chat.send", ["message": "rather not", "mode": mode])
        #expect(answer["content"] == "understood")
        let first = try await here.response(to: asked)["payload"]
        #expect(first?["status"] == (isSteered ? "completed" : "aborted"))
        #expect((first?["runId"] == answer["runId"]) == isSteered)
      }
      #expect(models.violations.isEmpty)
      await models.stop()
    }
  }
}
