import ClawJSON
import ClawTesting
import Testing

extension NodeTests {
  @Suite("Events on every node")
  struct EventTests {
    @Test("who watches on another node sees the very same events", arguments: News.allCases)
    func watching(news: News) async throws {
      let talk = try await SteppedTalk.start()
      try await Pair.run(news, models: talk.models) { nodes in
        let here = try await nodes.first.connect()
        let there = try await nodes.second.connect()
        let subscriber = try await nodes.second.connect()
        for round in 1...3 {
          let session = "agent:default:s\(round % 2)"
          let head = try await subscriber.subscribe(to: .string(session), after: 0)["headSeq"]?.intValue ?? 0
          var earlier: [JSONValue] = []
          for _ in 0..<head { earlier.append(try await subscriber.event()) }
          let id = here.request("chat.send", ["message": .string("m\(round)"), "sessionKey": .string(session)])
          var expected = try await here.read(talk, "m\(round)", through: 6)
          // Nothing more is sent until every watcher has seen this much.
          var automatic: [JSONValue] = []
          while automatic.count < 6 { automatic.append(try await there.event()) }
          expected += try await here.read(talk, "m\(round)", after: 6, through: 9)
          #expect(try await here.response(to: id)["ok"] == true)
          automatic += try await there.events(through: "run.completed")
          #expect(automatic == expected)
          #expect(try await subscriber.events(through: "run.completed") == expected)
          #expect(earlier.count == head)
          _ = try await subscriber.call("sessions.unsubscribe", ["sessionKey": .string(session)])
        }
      }
      await talk.models.stop()
    }

    @Test(
      "L9: dropped at any event and resumed on another node, a stream goes on where it was", arguments: News.allCases)
    func resuming(news: News) async throws {
      let talk = try await SteppedTalk.start()
      try await Pair.run(news, models: talk.models) { nodes in
        for dropped in 0...SteppedTalk.eventCount {
          let session = "agent:default:dropped-\(dropped)"
          let message = "what is 12 * 7? \(dropped)"
          let first = try await nodes.first.connect()
          let accepted = try await first.call(
            "chat.send", ["message": .string(message), "sessionKey": .string(session), "wait": false])
          let seen = try await first.read(talk, message, through: dropped)
          await first.drop()
          let second = try await nodes.second.connect()
          let info = try await second.subscribe(to: .string(session), after: dropped)
          if dropped > 0, dropped < SteppedTalk.eventCount { #expect(info["activeRunId"] == accepted["runId"]) }
          let rest = try await second.read(talk, message, after: dropped, through: SteppedTalk.eventCount)
          #expect((seen + rest).names == SteppedTalk.names, "dropped after \(dropped)")
          #expect((seen + rest).seqs == Array(1...SteppedTalk.eventCount))
          #expect((seen + rest).last?["payload"]?["content"]?.stringValue == SteppedTalk.answer)
          await second.drop()
        }
      }
      await talk.models.stop()
    }

    @Test("the same request again on another node waits for the same run", arguments: News.allCases)
    func repeating(news: News) async throws {
      let talk = try await SteppedTalk.start()
      try await Pair.run(news, models: talk.models) { nodes in
        let params: JSONValue = ["message": "m", "idempotencyKey": "once"]
        let first = try await nodes.first.connect()
        let firstID = first.request("chat.send", params)
        var events = try await first.read(talk, "m", through: 6)
        let second = try await nodes.second.connect()
        let secondID = second.request("chat.send", params)
        // It was received once this is answered.
        _ = try await second.call("sessions.list")
        events += try await first.read(talk, "m", after: 6, through: 9)
        let answers = [try await first.response(to: firstID), try await second.response(to: secondID)]
        #expect(answers[0]["payload"]?["content"]?.stringValue == SteppedTalk.answer)
        #expect(answers[1]["payload"]?["content"]?.stringValue == SteppedTalk.answer)
        #expect(answers[1]["payload"]?["runId"] == answers[0]["payload"]?["runId"])
        #expect(events.names == SteppedTalk.names)
      }
      await talk.models.stop()
    }

    @Test("a run is aborted from any node", arguments: News.allCases)
    func aborting(news: News) async throws {
      let models = try await FakeModelServer.start()
      models.enqueue(FakeReply.text("one two three").stalling(after: 1, FakeGate()))
      try await Pair.run(news, models: models) { nodes in
        let here = try await nodes.first.connect()
        let there = try await nodes.second.connect()
        let id = here.request("chat.send", ["message": "count"])
        _ = try await there.events(through: "chunk")
        let aborted = try await there.call("chat.abort", ["sessionKey": "agent:default:ws:main"])
        #expect(aborted["aborted"] == true)
        let response = try await here.response(to: id)
        #expect(response["error"]?["code"] == "ABORTED" || response["payload"]?["status"] == "aborted")
        #expect(try await there.events(through: "run.failed").last?["payload"]?["error"]?["code"] == "ABORTED")
      }
      await models.stop()
    }

    @Test("a run that goes with its session or its user has its last event on every node", arguments: [true, false])
    func removed(byUser: Bool) async throws {
      let models = try await FakeModelServer.start()
      models.respond { _ in FakeReply.text("one two three").stalling(after: 1, FakeGate()) }
      try await Pair.run(.hints, models: models) { nodes in
        let here = try await nodes.first.connect(user: "bob")
        let there = try await nodes.second.connect(user: "bob")
        let subscriber = try await nodes.second.connect(user: "bob")
        let key = "agent:default:gone"
        _ = try await subscriber.subscribe(to: .string(key), after: 0)
        let id = here.request("chat.send", ["message": "count", "sessionKey": .string(key)])
        for client in [here, there, subscriber] { _ = try await client.events(through: "chunk") }
        if byUser {
          _ = try await AccessTests.http(nodes.first, "DELETE", "/v1/users/bob", nil)
        } else {
          _ = try await here.call("sessions.delete", ["key": .string(key)])
        }
        for client in [here, there, subscriber] {
          let events = try await client.events(through: "run.failed")
          #expect(events.last?["payload"]?["error"]?["code"] == "ABORTED")
        }
        #expect(try await here.response(to: id)["payload"]?["status"] == "aborted")
      }
      await models.stop()
    }

    @Test("what has no room on one node is done by another, and whoever asked sees it all", arguments: News.allCases)
    func sharing(news: News) async throws {
      let talk = try await SteppedTalk.start()
      try await Pair.run(news, models: talk.models, environment: ["SWIFTCLAW_LANES_MAIN": "1"]) { nodes in
        let clients = [try await nodes.first.connect(user: "ann"), try await nodes.first.connect(user: "bob")]
        let ids = clients.enumerated().map { $1.request("chat.send", ["message": .string("m\($0)")]) }
        // Both run concurrently, so they can't be on one node.
        for (index, client) in clients.enumerated() {
          #expect(try await client.read(talk, "m\(index)", through: 6).count == 6)
        }
        for (index, client) in clients.enumerated() {
          #expect(try await client.read(talk, "m\(index)", after: 6, through: 9).seqs == [7, 8, 9])
          #expect(try await client.response(to: ids[index])["payload"]?["content"]?.stringValue == SteppedTalk.answer)
        }
      }
      await talk.models.stop()
    }

    @Test("L12: messages of one session that come by two nodes are answered in their order", arguments: News.allCases)
    func order(news: News) async throws {
      let models = try await FakeModelServer.start { .text("answer to \($0.lastUserText)") }
      try await Pair.run(news, models: models) { nodes in
        let clients = [try await nodes.first.connect(), try await nodes.second.connect()]
        var runs: [JSONValue] = []
        for number in 0..<12 {
          let accepted = try await clients[number % 2].call(
            "chat.send", ["message": .string("question \(number)"), "wait": false])
          runs.append(accepted["runId"] ?? .null)
        }
        for client in clients {
          var events: [JSONValue] = []
          while events.names.count(where: { $0 == "run.completed" }) < runs.count {
            events.append(try await client.event())
          }
          #expect(events.seqs == Array(1...events.count))
          #expect(events.filter { $0["event"] == "run.completed" }.map { $0["payload"]?["runId"] ?? .null } == runs)
          #expect(events.filter { $0["event"] == "run.started" }.map { $0["payload"]?["runId"] ?? .null } == runs)
        }
        let history = try await clients[0].call("chat.history", ["sessionKey": "agent:default:ws:main", "limit": 100])
        let messages = history["messages"]?.arrayValue ?? []
        #expect(messages.count == 24)
        let answers = messages.filter { $0["role"] == "assistant" }.compactMap { $0["content"]?.stringValue }
        #expect(answers == (0..<12).map { "answer to question \($0)" })
      }
      await models.stop()
    }
  }
}
