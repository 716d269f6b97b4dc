import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("connect, health, status, agent, models.list")
struct SystemTests {
  @Test("connect says who one is, and what is spoken here")
  func connect() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await WireConnection.open(port: gateway.port)
      let token = JSONValue.string(gateway.token)
      let old = try await client.failure("connect", ["token": token, "protocol": 2])
      #expect(old["code"] == "FAILED_PRECONDITION")
      #expect(old.serializedString().contains("3"))
      for wrong in [
        ["token": 7], ["token": token, "dialect": "klingon"], ["token": token, "user_id": ""],
        ["token": token, "user_id": "a\nb"], ["token": token, "user_id": .string(String(repeating: "x", count: 256))],
      ] as [JSONValue] {
        // A connection has five attempts.
        let fresh = try await WireConnection.open(port: gateway.port)
        #expect(try await fresh.failure("connect", wrong)["code"] == "INVALID_REQUEST", "\(wrong)")
      }
      let answer = try await client.call("connect", ["token": token, "protocol": 3, "user_id": "ann", "more": true])
      #expect(answer["protocol"] == 3)
      #expect(answer["role"] == "admin")
      #expect(answer["user_id"] == "ann")
      #expect(answer["tenant"] == "default")
      #expect(answer["server"]?["name"] == "swiftclaw")
      #expect(answer["server"]?["version"]?.stringValue?.isEmpty == false)
      #expect(answer["connection_id"]?.stringValue?.isEmpty == false)
      #expect(answer["limits"] == ["max_frame_bytes": 524_288, "max_queue_bytes": 1_048_576])
      #expect(try await client.failure("connect", ["token": token])["code"] == "FAILED_PRECONDITION")
      let other = try await WireConnection.open(port: gateway.port)
      #expect(try await other.call("connect", ["token": token])["user_id"] == "owner")
      let foreign = try await WireConnection.open(port: gateway.port)
      #expect(try await foreign.failure("connect", ["token": token, "tenant": "elsewhere"])["code"] == "NOT_FOUND")
    }
  }

  @Test("ids of requests come back in the type they had")
  func ids() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      for id in ["text", "", 0, -5, .integer(9_007_199_254_740_993)] as [JSONValue] {
        client.send(["type": "req", "id": id, "method": "health"])
        #expect(
          try await client.frame() == [
            "type": "res", "id": id, "ok": true, "payload": ["status": "ok", "protocol": 3],
          ])
      }
    }
  }

  @Test("status tells of agents, lanes, clients and sessions")
  func status() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    try await GatewayHarness.run(models: models, environment: ["SWIFTCLAW_LANES_MAIN": "1"]) { gateway in
      let client = try await gateway.connect()
      let before = try await client.call("status")
      #expect(
        Set(before.objectValue?.keys ?? JSONObject().keys) == [
          "version", "protocol", "uptimeMs", "store", "node", "clients", "sessions", "agents", "lanes", "channels",
        ])
      #expect(before["store"]?.stringValue == GatewayHarness.storeEngine)
      #expect(before["protocol"] == 3)
      #expect(before["clients"] == 1)
      #expect(before["sessions"] == 0)
      #expect(before["lanes"]?["main"] == ["running": 0, "queued": 0, "limit": 1, "waiting": 0])
      #expect(before["lanes"]?["subagent"] != nil && before["lanes"]?["cron"] != nil)
      let agent: JSONValue = [
        "id": "default", "name": "SwiftClaw", "model": "fake-large", "provider": "openai", "isRunning": false,
      ]
      #expect(before["agents"] == [agent])
      models.enqueue(FakeReply.text("slow").held(by: gate))
      let ids = ["a", "b"].map {
        client.request("chat.send", ["message": "m", "sessionKey": .string("agent:default:\($0)")])
      }
      await models.received(1)
      // The second may still be arriving.
      while try await client.call("sessions.list")["sessions"]?.arrayValue?.count != 2 {}
      let busy = try await client.call("status")
      #expect(busy["lanes"]?["main"] == ["running": 1, "queued": 1, "limit": 1, "waiting": 0])
      #expect(busy["agents"]?[0]?["isRunning"] == true)
      #expect(busy["sessions"] == 2)
      gate.open()
      for id in ids { _ = try await client.response(to: id) }
      let after = try await client.call("status")
      #expect(after["agents"]?[0]?["isRunning"] == false)
      #expect((after["uptimeMs"]?.intValue ?? -1) >= (before["uptimeMs"]?.intValue ?? 0))
      #expect(after["node"] == before["node"])
    }
    await models.stop()
  }

  @Test("agent describes an agent, and none that isn't there")
  func agent() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      let agent = try await client.call("agent")
      #expect(
        Set(agent.objectValue?.keys ?? JSONObject().keys) == [
          "id", "name", "description", "emoji", "model", "provider", "type", "isRunning", "tools",
        ])
      #expect(agent["id"] == "default")
      #expect(agent["provider"] == "demo")
      #expect(agent["tools"]?.arrayValue?.contains("calculator") == true)
      #expect(try await client.call("agent", ["agentId": "default"]) == agent)
      #expect(try await client.failure("agent", ["agentId": "nobody"])["code"] == "NOT_FOUND")
      #expect(try await client.failure("agent", ["agentId": "No Body"])["code"] == "INVALID_REQUEST")
    }
  }

  @Test("models.list asks every provider once, and names the one that fails", arguments: ModelFaultTests.dialects)
  func models(dialect: String) async throws {
    let models = try await FakeModelServer.start()
    let dead = try await FakeModelServer.start()
    await dead.stop()
    let other = dialect == "openai" ? "ANTHROPIC" : "OPENAI"
    try await GatewayHarness.run(
      models: models, dialect: dialect,
      environment: [
        "SWIFTCLAW_\(other)_BASE_URL": dead.url, "SWIFTCLAW_\(other)_API_KEY": "another-key-of-a-provider",
        "SWIFTCLAW_PROVIDER": dialect,
      ]
    ) { gateway in
      let client = try await gateway.connect()
      let listing = try await client.call("models.list")
      let ids = listing["models"]?.arrayValue?.compactMap { $0["id"]?.stringValue } ?? []
      #expect(ids.contains("\(dialect)/fake-small") && ids.contains("\(dialect)/fake-large"))
      #expect(
        listing["models"]?.arrayValue?.filter { $0["isDefault"] == true }.map { $0["id"] } == [
          .string("\(dialect)/fake-large")
        ])
      #expect(listing["errors"]?.arrayValue?.map { $0["provider"] } == [.string(other.lowercased())])
      #expect(!listing.serializedString().contains("another-key"))
      _ = try await client.call("models.list")
      #expect(models.listRequests.count == 1)
      let one = try await client.call("models.list", ["provider": .string(dialect)])
      #expect(one["errors"] == [])
      #expect(Set(one["models"]?.arrayValue?.map { $0["provider"] } ?? []) == [.string(dialect)])
      let error = try await client.failure("models.list", ["provider": "nothing"])
      #expect(["NOT_FOUND", "INVALID_REQUEST"].contains(error["code"]))
      // A listed model can be used, by its id and by its bare name.
      for name in ["\(dialect)/fake-small", "fake-small"] {
        _ = try await client.call("chat.send", ["message": "m", "model": .string(name)])
        #expect(models.requests.last?.model == "fake-small")
      }
    }
    await models.stop()
  }

  @Test("an unknown method is told, whatever its params")
  func unknownMethod() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      for method in ["nothing", "chat.Send", "connect ", "sessions.subscribe\u{0}"] {
        let error = try await client.failure(method)
        #expect(error["code"] == "INVALID_REQUEST")
        #expect(error["message"]?.stringValue?.hasPrefix("unknown method: ") == true)
      }
      let long = try await client.failure(String(repeating: "x", count: 10_000))
      #expect((long["message"]?.stringValue?.count ?? 0) < 1000)
    }
  }

  @Test("the dialect goclaw has the same events in envelopes, and the other connections don't")
  func dialect() async throws {
    let talk = try await SteppedTalk.start()
    talk.openAll(of: "m")
    try await GatewayHarness.run(models: talk.models) { gateway in
      let flat = try await gateway.connect()
      let wrapped = try await gateway.connect(dialect: "goclaw")
      let payload = try await wrapped.call("chat.send", ["message": "m"])
      let events = try await flat.events(through: "run.completed")
      #expect(wrapped.events.names == Array(repeating: "agent", count: events.count))
      for (envelope, event) in zip(wrapped.events, events) {
        #expect(envelope["seq"] == event["seq"])
        #expect(envelope["type"] == "event")
        let inside = envelope["payload"]
        #expect(inside?["type"] == event["event"])
        for name in ["runId", "sessionKey", "agentId"] { #expect(inside?[name] == event["payload"]?[name]) }
        var further = event["payload"]?.objectValue ?? [:]
        for name in ["runId", "sessionKey", "agentId"] { further[name] = nil }
        #expect(inside?["payload"] == .object(further))
      }
      // A resumed envelope equals a live one.
      let seen = wrapped.events
      try await wrapped.subscribe(to: payload["sessionKey"] ?? .null, after: 0)
      var again: [JSONValue] = []
      while again.count < seen.count { again.append(try await wrapped.event()) }
      #expect(again == seen)
    }
    await talk.models.stop()
  }
}
