import ClawJSON
import ClawTesting
import Testing

/// `chat.send` with `mode`, from a client's view.
@Suite("Steering and interrupting", .timeLimit(.minutes(10)))
struct SteeringTests {
  static let session: JSONValue = "agent:default:ws:main"

  /// Where the model is held when the message arrives; it has two words.
  enum Moment: String, CaseIterable, Sendable {
    case beforeItsFirstWord, inMidStream, afterItsLastWord

    func reply(_ text: String, _ gate: FakeGate) -> FakeReply {
      switch self {
      case .beforeItsFirstWord: .text(text).held(by: gate)
      case .inMidStream: .text(text).stalling(after: 1, gate)
      // The end of the answer is still to come.
      case .afterItsLastWord: .text(text).stalling(after: 2, gate)
      }
    }
  }

  /// The transcript, as role and text of each message.
  static func transcript(_ client: WireConnection) async throws -> [String] {
    let history = try await client.call("chat.history", ["sessionKey": session])
    return (history["messages"]?.arrayValue ?? []).map { message in
      "\(message["role"]?.stringValue ?? ""): \(message["content"]?.stringValue ?? "")"
    }
  }

  static func steer(_ text: String, wait: Bool = false) -> JSONValue {
    ["message": .string(text), "mode": "steer", "wait": .bool(wait)]
  }

  @Test(
    "a steered message is read before the next call, and the run does not end without it", arguments: Moment.allCases)
  func steered(at moment: Moment) async throws {
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(moment.reply("one two", gate), .text("three"))
    try await GatewayHarness.run(models: models) { gateway in
      let (client, other) = (try await gateway.connect(), try await gateway.connect())
      let first = client.request("chat.send", ["message": "count"])
      await gate.reached()
      let receipt = try await other.call("chat.send", Self.steer("go on"))
      #expect(receipt["status"] == "accepted" && receipt["sessionKey"] == Self.session)
      // Not read yet.
      #expect(try await Self.transcript(other) == ["user: count"])
      gate.open()
      let answer = try await client.response(to: first)["payload"]
      #expect(answer?["content"] == "three" && answer?["status"] == "completed" && answer?["iterations"] == 2)
      #expect(answer?["runId"] == receipt["runId"])
      #expect(
        try await Self.transcript(client) == [
          "user: count", "assistant: one two", "user: go on", "assistant: three",
        ])
      #expect(client.events.seqs == Array(1...client.events.count))
      let own = client.events.filter { $0["payload"]?["runId"] == receipt["runId"] }
      #expect(own.names.filter { $0.hasPrefix("run.") } == ["run.started", "run.completed"])
      #expect(own.text == "one twothree")
    }
    #expect(models.requests[1].messages.suffix(3).map { $0["content"] } == ["count", "one two", "go on"])
    #expect(models.requests.count == 2 && models.violations.isEmpty)
    await models.stop()
  }

  @Test("a steered message gets the answer of the run that reads it")
  func waiting() async throws {
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(FakeReply.text("one").held(by: gate), .text("two three"))
    try await GatewayHarness.run(models: models) { gateway in
      let (client, other) = (try await gateway.connect(), try await gateway.connect())
      let first = client.request("chat.send", ["message": "count"])
      await gate.reached()
      let steered = other.request("chat.send", Self.steer("go on", wait: true))
      // Messages of one connection are accepted in order, so the previous one is too.
      let keyed: JSONValue = ["message": "and on", "mode": "steer", "wait": false, "idempotencyKey": "k"]
      let receipt = try await other.call("chat.send", keyed)
      #expect(try await client.call("chat.send", keyed) == receipt)
      var changed = keyed
      changed["message"] = "something else"
      #expect(try await client.failure("chat.send", changed)["code"] == "ALREADY_EXISTS")
      gate.open()
      let answer = try await client.response(to: first)["payload"]
      #expect(answer?["content"] == "two three" && answer?["runId"] == receipt["runId"])
      #expect(try await other.response(to: steered)["payload"] == answer)
      let again: JSONValue = ["message": "and on", "mode": "steer", "idempotencyKey": "k"]
      #expect(try await client.call("chat.send", again) == answer)
      #expect(
        try await Self.transcript(client) == [
          "user: count", "assistant: one", "user: go on", "user: and on", "assistant: two three",
        ])
    }
    #expect(models.requests[1].lastUserText == "go on\nand on")
    await models.stop()
  }

  @Test(
    "where nothing runs, or what ran has just ended, every mode is an ordinary message",
    arguments: ["steer", "interrupt", "queue"])
  func idle(mode: String) async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      for number in 1...5 {
        let answer = try await client.call("chat.send", ["message": .string("m\(number)"), "mode": .string(mode)])
        #expect(answer["content"] == .string("echo: m\(number)") && answer["iterations"] == 1)
      }
      #expect(try await Self.transcript(client).count == 10)
      #expect(client.events.names.filter { $0 == "run.completed" }.count == 5)
      let wrong = try await client.failure("chat.send", ["message": "m", "mode": "shout"])
      #expect(wrong["code"] == "INVALID_REQUEST")
      #expect(wrong["message"]?.stringValue?.contains("queue, steer, interrupt") == true)
    }
    await models.stop()
  }

  @Test("a run that waits for its turn is not spoken to: the message waits behind it")
  func queuedRun() async throws {
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(FakeReply.text("busy").held(by: gate))
    try await GatewayHarness.run(models: models, environment: ["SWIFTCLAW_LANES_MAIN": "1"]) { gateway in
      let client = try await gateway.connect()
      let busy = client.request("chat.send", ["message": "x", "sessionKey": "agent:default:busy"])
      await gate.reached()
      let queued = try await client.call("chat.send", ["message": "a", "wait": false])
      let steered = try await client.call("chat.send", Self.steer("b"))
      #expect(steered["runId"] != queued["runId"])
      gate.open()
      _ = try await client.response(to: busy)
      while try await Self.transcript(client).count < 4 {}
      #expect(try await Self.transcript(client).suffix(2).last?.hasSuffix("b") == true)
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("twenty messages steered at once are read once each, in their order")
  func many() async throws {
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(FakeReply.text("one").held(by: gate), .text("two"))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let first = client.request("chat.send", ["message": "m0"])
      await gate.reached()
      let ids = (1...20).map { client.request("chat.send", Self.steer("m\($0)")) }
      for id in ids { #expect(try await client.response(to: id)["ok"] == true) }
      gate.open()
      #expect(try await client.response(to: first)["payload"]?["content"] == "two")
      let said = (1...20).map { "user: m\($0)" }
      #expect(try await Self.transcript(client) == ["user: m0", "assistant: one"] + said + ["assistant: two"])
    }
    #expect(models.requests.count == 2)
    await models.stop()
  }

  @Test("so many messages may be unread and no more")
  func bound() async throws {
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(FakeReply.text("one").held(by: gate))
    try await GatewayHarness.run(models: models) { gateway in
      let client = try await gateway.connect()
      let first = client.request("chat.send", ["message": "m0"])
      await gate.reached()
      for number in 1...200 { _ = try await client.call("chat.send", Self.steer("m\(number)")) }
      let full = try await client.failure("chat.send", Self.steer("m201"))
      #expect(full["code"] == "RESOURCE_EXHAUSTED" && full["retryAfterMs"] != nil)
      gate.open()
      #expect(try await client.response(to: first)["ok"] == true)
    }
    await models.stop()
  }

  @Test("a message that an aborted or failed run has not read becomes a run of its own", arguments: [true, false])
  func leftOver(isAborted: Bool) async throws {
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    let reply = isAborted ? FakeReply.text("one") : .status(400, body: "{}")
    models.enqueue(reply.held(by: gate))
    try await GatewayHarness.run(models: models) { gateway in
      let (client, other) = (try await gateway.connect(), try await gateway.connect())
      let first = client.request("chat.send", ["message": "m1"])
      await gate.reached()
      let keyed: JSONValue = ["message": "m2", "mode": "steer", "idempotencyKey": "k"]
      let waiting = other.request("chat.send", keyed)
      var accepted = keyed
      accepted["wait"] = false
      let run = try await client.call("chat.send", accepted)["runId"] ?? .null
      let third = try await client.call("chat.send", Self.steer("m3"))
      #expect(third["runId"] == run)
      if isAborted { _ = try await client.call("chat.abort", ["runId": run]) } else { gate.open() }
      let end = try await client.response(to: first)
      #expect(isAborted ? end["payload"]?["status"] == "aborted" : end["ok"] == false)
      // The waiting call is answered by the run that the message has become.
      let answer = try await other.response(to: waiting)["payload"]
      #expect(answer?["content"]?.stringValue?.hasSuffix("m2") == true && answer?["runId"] != run)
      #expect(try await client.call("chat.send", keyed) == answer)
      var last = ""
      while !last.hasPrefix("assistant") || !last.hasSuffix("m3") {
        last = try await Self.transcript(client).last ?? ""
      }
      let said = try await Self.transcript(client).filter { $0.hasPrefix("user") }
      #expect(said == ["user: m1", "user: m2", "user: m3"])
      let ends = client.events.filter { ["run.completed", "run.failed"].contains($0["event"]) }
      #expect(Set(ends.compactMap { $0["payload"]?["runId"]?.stringValue }).count == ends.count)
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("steering and aborting at the same moment: whatever comes first, the message is answered once or was read")
  func race() async throws {
    let models = try await FakeModelServer.start()
    try await GatewayHarness.run(models: models) { gateway in
      let (client, other) = (try await gateway.connect(), try await gateway.connect())
      for round in 0..<20 {
        let gate = FakeGate()
        models.enqueue(FakeReply.text("one two").stalling(after: 1, gate))
        let first = client.request("chat.send", ["message": .string("ask \(round)")])
        await gate.reached()
        let message = "steer \(round)"
        let steered = other.request("chat.send", Self.steer(message, wait: true))
        let aborted = client.request("chat.abort", ["sessionKey": Self.session])
        gate.open()
        #expect(try await client.response(to: aborted)["ok"] == true)
        #expect(try await client.response(to: first)["ok"] == true)
        let answer = try await other.response(to: steered)
        #expect(["completed", "aborted"].contains(answer["payload"]?["status"]), "\(answer)")
        let transcript = try await Self.transcript(client)
        #expect(transcript.filter { $0 == "user: \(message)" }.count == 1)
      }
      #expect(client.events.seqs == Array(1...client.events.count))
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("an interrupting message aborts what runs and is answered next", arguments: Moment.allCases)
  func interrupted(at moment: Moment) async throws {
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(moment.reply("one two", gate))
    try await GatewayHarness.run(models: models) { gateway in
      let (client, other) = (try await gateway.connect(), try await gateway.connect())
      let first = client.request("chat.send", ["message": "m1"])
      await gate.reached()
      let steered = other.request("chat.send", Self.steer("m2", wait: true))
      _ = try await other.call("chat.send", Self.steer("m2b"))
      let queued = try await client.call("chat.send", ["message": "m3", "wait": false])
      let answer = try await client.call("chat.send", ["message": "m4", "mode": "interrupt"])
      #expect(answer["content"]?.stringValue?.hasSuffix("m4") == true && answer["runId"] != queued["runId"])
      let aborted = try await client.response(to: first)["payload"]
      #expect(aborted?["status"] == "aborted")
      #expect(try await other.response(to: steered)["payload"]?["content"]?.stringValue?.hasSuffix("m2") == true)
      let said = try await Self.transcript(client).filter { $0.hasPrefix("user") }
      #expect(said == ["m1", "m3", "m2", "m2b", "m4"].map { "user: " + $0 })
    }
    #expect(models.violations.isEmpty)
    await models.stop()
  }

  @Test("unread messages are removed with the session, and their sender is notified")
  func deleted() async throws {
    let (models, gate) = (try await FakeModelServer.start(), FakeGate())
    models.enqueue(FakeReply.text("one").held(by: gate))
    try await GatewayHarness.run(models: models) { gateway in
      let (client, other) = (try await gateway.connect(), try await gateway.connect())
      let first = client.request("chat.send", ["message": "m1"])
      await gate.reached()
      let steered = other.request("chat.send", Self.steer("m2", wait: true))
      // Sent after the other on the same socket: once it is accepted, so is that.
      _ = try await other.call("chat.send", Self.steer("m3"))
      _ = try await client.call("sessions.delete", ["key": Self.session])
      #expect(try await client.response(to: first)["payload"]?["status"] == "aborted")
      #expect(try await other.response(to: steered)["id"] != nil)
      #expect(try await Self.transcript(client).isEmpty)
      #expect(try await client.call("chat.send", ["message": "m4"])["content"] == "echo: m4")
    }
    await models.stop()
  }
}
