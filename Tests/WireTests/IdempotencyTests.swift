import ClawJSON
import ClawTesting
import Testing

@Suite("idempotencyKey")
struct IdempotencyTests {
  @Test("L3: the same key answers with the same run, whether it has ended or not")
  func sameRun() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("once").held(by: gate))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let send: JSONValue = ["message": "m", "idempotencyKey": "k"]
      let first = client.request("chat.send", send)
      await models.received(1)
      let twin = try await gateway.connect()
      let second = twin.request("chat.send", send)
      let atOnce = try await twin.call("chat.send", ["message": "m", "idempotencyKey": "k", "wait": false])
      #expect(atOnce["status"] == "accepted")
      gate.open()
      let answer = try await client.response(to: first)
      #expect(answer["payload"]?["runId"] == atOnce["runId"])
      #expect(try await twin.response(to: second)["payload"] == answer["payload"])
      #expect(try await client.call("chat.send", send) == answer["payload"])
      let history = try await client.call("chat.history", ["sessionKey": "agent:default:ws:main"])
      #expect(history["messages"]?.arrayValue?.count == 2)
    }
    #expect(models.requests.count == 1)
    await models.stop()
  }

  @Test("the same key with another message or session is refused")
  func otherMessage() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      let first = try await client.call("chat.send", ["message": "m", "idempotencyKey": "k"])
      for other in [
        ["message": "other", "idempotencyKey": "k"],
        ["message": "m", "idempotencyKey": "k", "sessionKey": "agent:default:other"],
      ] as [JSONValue] {
        let error = try await client.failure("chat.send", other)
        #expect(error["code"] == "ALREADY_EXISTS")
      }
      #expect(try await client.call("chat.send", ["message": "m", "idempotencyKey": "k"]) == first)
      // The key is the user's own.
      let stranger = try await gateway.connect(user: "somebody else")
      let theirs = try await stranger.call("chat.send", ["message": "other", "idempotencyKey": "k"])
      #expect(theirs["runId"] != first["runId"])
    }
  }

  @Test("L3: twins that come at the same time start one run")
  func concurrentTwins() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      for round in 1...5 {
        let runs = try await withThrowingTaskGroup(of: String?.self) { group in
          for _ in 1...8 {
            group.addTask {
              let client = try await gateway.connect()
              let payload = try await client.call(
                "chat.send", ["message": "m", "idempotencyKey": .string("k\(round)")])
              return payload["runId"]?.stringValue
            }
          }
          var runs: Set<String?> = []
          for try await run in group { runs.insert(run) }
          return runs
        }
        #expect(runs.count == 1)
      }
    }
    #expect(models.requests.count == 5)
    await models.stop()
  }

  @Test("a key is not used up by a request that was refused")
  func refused() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      let refused: JSONValue = ["message": "m", "idempotencyKey": "k", "agentId": "nobody"]
      #expect(try await client.failure("chat.send", refused)["code"] == "NOT_FOUND")
      #expect(try await client.call("chat.send", ["message": "m", "idempotencyKey": "k"])["status"] == "completed")
    }
  }
}
