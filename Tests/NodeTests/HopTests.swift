import ClawJSON
import ClawTesting
import Testing

extension NodeTests {
  @Suite("Clients that hop")
  struct HopTests {
    @Test("a client that speaks to another node at each message notices nothing", arguments: News.allCases)
    func hopping(news: News) async throws {
      let models = try await FakeModelServer.start { request in
        .text(
          "I was told: "
            + (request.body["messages"]?.arrayValue ?? []).filter { $0["role"] == "user" }
            .compactMap { $0["content"]?.stringValue }.joined(separator: ","))
      }
      try await Pair.run(news, models: models) { nodes in
        var told: [String] = []
        for round in 0..<8 {
          let client = try await (round.isMultiple(of: 2) ? nodes.first : nodes.second).connect()
          told.append("word\(round)")
          let answer = try await client.call("chat.send", ["message": .string(told[round])])
          // The other node's messages are in the model's context: no stale cache is used.
          #expect(answer["content"]?.stringValue == "I was told: " + told.joined(separator: ","))
          await client.drop()
        }
      }
      await models.stop()
    }

    @Test("agents, labels and deletions made on one node hold on the other", arguments: News.allCases)
    func management(news: News) async throws {
      let models = try await FakeModelServer.start { .text($0.body["model"]?.stringValue ?? "") }
      try await Pair.run(news, models: models) { nodes in
        let (here, there) = (try await nodes.first.connect(), try await nodes.second.connect())
        _ = try await here.call("agents.create", ["agentId": "helper", "name": "Helper"])
        let session: JSONValue = "agent:helper:s"
        let params: JSONValue = ["message": "hello", "agentId": "helper", "sessionKey": session]
        #expect(try await there.call("chat.send", params)["status"] == "completed")
        #expect(try await here.call("chat.send", params)["status"] == "completed")
        _ = try await there.call("sessions.delete", ["key": session])
        #expect(try await here.call("chat.send", params)["status"] == "completed")
        let history = try await there.call("chat.history", ["sessionKey": session])
        #expect(history["messages"]?.arrayValue?.count == 2)
        _ = try await here.call("agents.delete", ["agentId": "helper"])
        #expect(try await there.failure("chat.send", params)["code"] == "NOT_FOUND")
      }
      await models.stop()
    }

    @Test("what a user may send in a minute is counted over all nodes")
    func rateLimit() async throws {
      let environment = ["SWIFTCLAW_GATEWAY_RATE_LIMIT_RPM": "1", "SWIFTCLAW_GATEWAY_RATE_LIMIT_BURST": "4"]
      try await Pair.run(.hints, environment: environment) { nodes in
        let clients = [try await nodes.first.connect(), try await nodes.second.connect()]
        for number in 0..<4 {
          #expect(try await clients[number % 2].call("chat.send", ["message": "hello"])["status"] == "completed")
        }
        for client in clients {
          #expect(try await client.failure("chat.send", ["message": "hello"])["code"] == "RESOURCE_EXHAUSTED")
        }
      }
    }
  }
}
