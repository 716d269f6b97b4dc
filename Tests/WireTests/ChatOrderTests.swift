import ClawJSON
import ClawTesting
import Testing

@Suite("Messages that come together")
struct ChatOrderTests {
  @Test("L11: messages of one session are answered one after the other in their order, each with its own answer")
  func order() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("one").held(by: gate))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let ids = (1...5).map { client.request("chat.send", ["message": .string("m\($0)")]) }
      await models.received(1)
      // All are accepted while the first is held.
      while try await client.call("chat.history", ["sessionKey": "agent:default:ws:main"])["messages"]?
        .arrayValue?.count != 5
      {}
      #expect(models.requests.count == 1)
      gate.open()
      var contents: [String] = []
      for id in ids { contents.append(try await client.response(to: id)["payload"]?["content"]?.stringValue ?? "") }
      #expect(contents == ["one", "echo: m2", "echo: m3", "echo: m4", "echo: m5"])
      let marks = client.events.names.filter { $0.hasPrefix("run.") }
      #expect(marks == Array(repeating: ["run.started", "run.completed"], count: 5).flatMap { $0 })
      #expect(client.events.seqs == Array(1...client.events.count))
    }
    #expect(models.violations.isEmpty)
    // Each request contains the earlier questions with their answers, and no later ones.
    let asked = models.requests.map { $0.messages.filter { $0["role"] == "user" }.count }
    #expect(asked == [1, 2, 3, 4, 5])
    await models.stop()
  }

  @Test("L11: two sessions are answered side by side")
  func sideBySide() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("slow").held(by: gate))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let slow = client.request("chat.send", ["message": "a", "sessionKey": "agent:default:a"])
      await models.received(1)
      let quick = try await client.call("chat.send", ["message": "b", "sessionKey": "agent:default:b"])
      #expect(quick["content"] == "echo: b")
      gate.open()
      #expect(try await client.response(to: slow)["payload"]?["content"] == "slow")
      for session in ["a", "b"] {
        let own = client.events.filter { $0["payload"]?["sessionKey"] == .string("agent:default:\(session)") }
        #expect(own.seqs == Array(1...own.count))
      }
    }
    await models.stop()
  }

  @Test("a lane with one place answers all in the end")
  func narrowLane() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models, environment: ["SWIFTCLAW_LANES_MAIN": "1"]) { gateway in
      let client = try await gateway.connect()
      let ids = (1...10).map { number in
        client.request(
          "chat.send", ["message": .string("m\(number)"), "sessionKey": .string("agent:default:s\(number % 4)")])
      }
      for (index, id) in ids.enumerated() {
        #expect(try await client.response(to: id)["payload"]?["content"] == .string("echo: m\(index + 1)"))
      }
    }
    #expect(models.requests.count == 10)
    await models.stop()
  }

  @Test("a run that waits is aborted with run.failed alone, and those behind it go on")
  func abortInQueue() async throws {
    let models = try await FakeModelServer.start()
    let gate = FakeGate()
    models.enqueue(FakeReply.text("one").held(by: gate))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let first = client.request("chat.send", ["message": "m1"])
      await models.received(1)
      let waiting = try await client.call("chat.send", ["message": "m2", "wait": false])
      let third = client.request("chat.send", ["message": "m3"])
      let run = waiting["runId"] ?? .null
      let answer = try await client.call("chat.abort", ["runId": run])
      #expect(answer == ["ok": true, "aborted": true, "runIds": [run]])
      gate.open()
      #expect(try await client.response(to: first)["payload"]?["content"] == "one")
      #expect(try await client.response(to: third)["payload"]?["content"]?.stringValue?.hasSuffix("m3") == true)
      let own = client.events.filter { $0["payload"]?["runId"] == run }
      #expect(own.names == ["run.failed"])
      #expect(own.first?["payload"]?["error"]?["code"] == "ABORTED")
      #expect(client.events.seqs == Array(1...client.events.count))
      let again = try await client.call("chat.abort", ["runId": run])
      #expect(again == ["ok": true, "aborted": false, "runIds": []])
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("aborting a session ends its running and its waiting runs")
  func abortSession() async throws {
    let models = try await FakeModelServer.start()
    models.enqueue(FakeReply.text("one two").stalling(after: 1, FakeGate()))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let first = client.request("chat.send", ["message": "m1"])
      client.keep(try await client.event())
      client.keep(try await client.frame())
      let second = try await client.call("chat.send", ["message": "m2", "wait": false])
      let answer = try await client.call("chat.abort", ["sessionKey": "agent:default:ws:main"])
      #expect(answer["runIds"]?.arrayValue?.count == 2)
      #expect(answer["runIds"]?.arrayValue?.contains(second["runId"] ?? .null) == true)
      #expect(try await client.response(to: first)["payload"]?["status"] == "aborted")
      #expect(try await client.call("chat.send", ["message": "m3"])["content"]?.stringValue?.hasSuffix("m3") == true)
      for wrong in [[:], ["runId": "a", "sessionKey": "agent:default:ws:main"]] as [JSONValue] {
        #expect(try await client.failure("chat.abort", wrong)["code"] == "INVALID_REQUEST")
      }
      #expect(try await client.failure("chat.abort", ["runId": "nothing"])["code"] == "NOT_FOUND")
      #expect(try await client.failure("chat.abort", ["sessionKey": "agent:default:no"])["code"] == "NOT_FOUND")
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }
}
