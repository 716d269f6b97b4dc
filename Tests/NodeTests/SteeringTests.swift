import ClawJSON
import ClawTesting
import PostgresTesting
import Testing

extension NodeTests {
  @Suite("Speaking to a run of another node")
  struct SteeringTests {
    private static let session: JSONValue = "agent:default:ws:main"

    private static func said(_ client: WireConnection) async throws -> [String] {
      let history = try await client.call("chat.history", ["sessionKey": session])
      return (history["messages"]?.arrayValue ?? []).map { $0["content"]?.stringValue ?? "" }
    }

    @Test("a message is read by the run wherever that is, and its sender is answered", arguments: News.allCases)
    func steer(news: News) async throws {
      let (models, gate) = (try await FakeModelServer.start(), FakeGate())
      models.enqueue(FakeReply.text("one two").stalling(after: 1, gate), .text("three"))
      try await Pair.run(news, models: models) { nodes in
        let (here, there) = (try await nodes.first.connect(), try await nodes.second.connect())
        let first = here.request("chat.send", ["message": "count"])
        await gate.reached()
        let steered = there.request("chat.send", ["message": "go on", "mode": "steer"])
        let receipt = try await there.call("chat.send", ["message": "please", "mode": "steer", "wait": false])
        gate.open()
        let answer = try await here.response(to: first)["payload"]
        #expect(answer?["content"] == "three" && answer?["runId"] == receipt["runId"])
        #expect(try await there.response(to: steered)["payload"] == answer)
        #expect(try await Self.said(there) == ["count", "one two", "go on", "please", "three"])
      }
      #expect(models.violations.isEmpty)
      await models.stop()
    }

    @Test("a message interrupts a run of another node", arguments: News.allCases)
    func interrupt(news: News) async throws {
      let (models, gate) = (try await FakeModelServer.start(), FakeGate())
      models.enqueue(FakeReply.text("one two").stalling(after: 1, gate))
      try await Pair.run(news, models: models) { nodes in
        let (here, there) = (try await nodes.first.connect(), try await nodes.second.connect())
        let first = here.request("chat.send", ["message": "count"])
        await gate.reached()
        let answer = try await there.call("chat.send", ["message": "stop that", "mode": "interrupt"])
        #expect(answer["content"]?.stringValue?.hasSuffix("stop that") == true)
        #expect(try await here.response(to: first)["payload"]?["status"] == "aborted")
      }
      #expect(models.violations.isEmpty)
      await models.stop()
    }

    /// Both need the lock on the session's row, which a third transaction holds; they get it in order.
    @Test(
      "a message races with the end of the run", arguments: [true, false])
    func race(isMessageFirst: Bool) async throws {
      let (models, gate) = (try await FakeModelServer.start(), FakeGate())
      models.enqueue(FakeReply.text("one").held(by: gate), .text("two"))
      try await Pair.run(.hints, models: models) { nodes in
        let (here, there) = (try await nodes.first.connect(), try await nodes.second.connect())
        // Without streaming, the end is the only write of the run.
        let first = here.request("chat.send", ["message": "count", "stream": false])
        await gate.reached()
        let database = try await nodes.first.directory.postgres()
        let (holder, looker) = (try AdminConnection(database.dsn), try AdminConnection(database.dsn))
        func untilWaiting(_ count: Int) async throws {
          let waiting = """
            SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
            """
          while try looker.run(waiting).count < count { await Task.yield() }
        }
        try holder.run("BEGIN; SELECT 1 FROM sessions WHERE key = 'agent:default:ws:main' FOR UPDATE")
        var steered: Int64 = 0
        for step in 1...2 {
          if (step == 1) == isMessageFirst {
            steered = there.request("chat.send", ["message": "go on", "mode": "steer"])
          } else {
            gate.open()
          }
          try await untilWaiting(step)
        }
        try holder.run("ROLLBACK")
        let answer = try await here.response(to: first)["payload"]
        let other = try await there.response(to: steered)["payload"]
        #expect(answer?["content"] == (isMessageFirst ? "two" : "one"))
        #expect(other?["content"] == "two" && (other?["runId"] == answer?["runId"]) == isMessageFirst)
        #expect(try await Self.said(there) == ["count", "one", "go on", "two"])
      }
      #expect(models.violations.isEmpty)
      await models.stop()
    }
  }
}
