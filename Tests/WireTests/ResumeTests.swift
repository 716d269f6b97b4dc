import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("Resuming a session after the socket was dropped")
struct ResumeTests {
  /// The state of the run when the second connection subscribes.
  enum Moment: String, CaseIterable, Sendable {
    /// Held right after the last seen event.
    case standing
    /// Running at full speed.
    case racing
    /// Ended.
    case ended
  }

  @Test(
    "L9: a socket dropped at any event and resumed yields the very sequence of an unbroken one",
    arguments: Moment.allCases)
  func everyEvent(moment: Moment) async throws {
    let talk = try await SteppedTalk.start()
    try await GatewayHarness.run(models: talk.models) { gateway in
      for dropped in 0...SteppedTalk.eventCount {
        let session = "agent:default:dropped-\(dropped)"
        let message = "what is 12 * 7? \(dropped)"
        let unbroken = try await gateway.connect()
        let first = try await gateway.connect()
        first.request("chat.send", ["message": .string(message), "sessionKey": .string(session)])
        // Nobody reads before the run is accepted.
        var expected = [try await unbroken.event()]
        let seen = try await first.read(talk, message, through: dropped)
        await first.drop()
        let second = try await gateway.connect()
        if moment != .standing { talk.openAll(of: message) }
        if moment == .ended { expected += try await unbroken.events(through: "run.completed") }
        try await second.subscribe(to: .string(session), after: dropped)
        let rest =
          moment == .standing
          ? try await second.read(talk, message, after: dropped, through: SteppedTalk.eventCount)
          : seen.names.last == "run.completed" ? [] : try await second.events(through: "run.completed")
        if moment != .ended { expected += try await unbroken.events(through: "run.completed") }
        #expect(seen + rest == expected, "dropped after \(dropped)")
        #expect(expected.seqs == Array(1...expected.count))
        if moment == .standing { #expect((seen + rest).names == SteppedTalk.names) }
        #expect((seen + rest).last?["payload"]?["content"]?.stringValue == SteppedTalk.answer)
        await second.drop()
        await unbroken.drop()
      }
    }
    #expect(talk.models.violations.isEmpty)
    await talk.models.stop()
  }

  @Test("a subscription replaces automatic delivery, and unsubscribing brings it back; nothing comes twice")
  func replacement() async throws {
    let talk = try await SteppedTalk.start()
    try await GatewayHarness.run(models: talk.models) { gateway in
      let session: JSONValue = ["sessionKey": "agent:default:s"]
      let client = try await gateway.connect()
      let id = client.request("chat.send", ["message": "m", "sessionKey": "agent:default:s"])
      var events = try await client.read(talk, "m", through: 2)
      _ = try await client.call("sessions.subscribe", ["sessionKey": "agent:default:s", "afterSeq": 2])
      events += try await client.read(talk, "m", after: 2, through: 6)
      _ = try await client.call("sessions.unsubscribe", session)
      events += try await client.read(talk, "m", after: 6, through: 9)
      #expect(events.names == SteppedTalk.names)
      #expect(events.seqs == Array(1...9))
      #expect(try await client.response(to: id)["ok"] == true)
      // Another subscription replaces the first.
      _ = try await client.call("sessions.subscribe", ["sessionKey": "agent:default:s", "afterSeq": 9])
      _ = try await client.call("sessions.subscribe", ["sessionKey": "agent:default:s", "afterSeq": 7])
      #expect(try await client.events(through: "run.completed") == Array(events.suffix(2)))
      // Anything still to come arrives before this.
      _ = try await client.call("health")
      #expect(client.events.isEmpty)
    }
    await talk.models.stop()
  }

  @Test("a subscription's response comes before its events and tells what there is")
  func responseFirst() async throws {
    let talk = try await SteppedTalk.start()
    try await GatewayHarness.run(models: talk.models) { gateway in
      let first = try await gateway.connect()
      let accepted = try await first.call("chat.send", ["message": "m", "wait": false])
      _ = try await first.read(talk, "m", through: 6)
      let second = try await gateway.connect()
      second.request("sessions.subscribe", ["sessionKey": "agent:default:ws:main", "afterSeq": 0])
      let response = try await second.frame()
      #expect(response["type"] == "res")
      #expect(response["payload"]?["sessionKey"] == "agent:default:ws:main")
      #expect(response["payload"]?["headSeq"] == 6)
      #expect(response["payload"]?["oldestSeq"] == 1)
      #expect(response["payload"]?["activeRunId"] == accepted["runId"])
      #expect(try await second.read(talk, "m", through: 9).seqs == Array(1...9))
      let idle = try await second.call("sessions.subscribe", ["sessionKey": "agent:default:ws:main"])
      #expect(idle["headSeq"] == 9)
      #expect(idle["activeRunId"] == nil || idle["activeRunId"]?.isNull == true)
    }
    await talk.models.stop()
  }

  @Test("a session can be subscribed before it exists")
  func beforeItExists() async throws {
    try await GatewayHarness.run { gateway in
      let watcher = try await gateway.connect()
      let empty = try await watcher.call(
        "sessions.subscribe", ["sessionKey": "agent:default:later", "afterSeq": 0])
      #expect(empty["headSeq"] == 0)
      #expect(empty["oldestSeq"] == 1)
      let speaker = try await gateway.connect()
      _ = try await speaker.call("chat.send", ["message": "hello", "sessionKey": "agent:default:later"])
      let events = try await watcher.events(through: "run.completed")
      #expect(events == speaker.events)
      #expect(events.seqs == Array(1...events.count))
      let sessions = try await watcher.call("sessions.list")["sessions"]?.arrayValue ?? []
      #expect(sessions.compactMap { $0["key"]?.stringValue } == ["agent:default:later"])
    }
  }

  @Test("the log can't be resumed beyond its head, nor from before what is kept")
  func limits() async throws {
    try await GatewayHarness.run(set: {
      // All events expire at once.
      $0.set(Settings.eventRetention, to: .milliseconds(1))
      $0.set(Settings.sweepInterval, to: .milliseconds(20))
    }) { gateway in
      let client = try await gateway.connect()
      let key: JSONValue = "agent:default:ws:main"
      _ = try await client.call("chat.send", ["message": "hello", "wait": true])
      let head = Int64(client.events.count)
      let beyond = try await client.failure("sessions.subscribe", ["sessionKey": key, "afterSeq": .integer(head + 1)])
      #expect(beyond["code"] == "FAILED_PRECONDITION")
      let negative = try await client.failure("sessions.subscribe", ["sessionKey": key, "afterSeq": -1])
      #expect(negative["code"] == "INVALID_REQUEST")
      // Each response is a round trip, until the events were swept.
      var swept: JSONValue = .null
      while swept["ok"] != false {
        swept = try await client.response(
          to: client.request("sessions.subscribe", ["sessionKey": key, "afterSeq": 0]))
      }
      #expect(swept["error"]?["code"] == "FAILED_PRECONDITION")
      let oldest = try #require(swept["error"]?["details"]?["oldestSeq"]?.intValue)
      #expect(oldest > 1 && oldest <= Int(head) + 1)
      // The fallback: read the history, and subscribe after it.
      let history = try await client.call("chat.history", ["sessionKey": key])
      #expect(history["messages"]?.arrayValue?.count == 2)
      #expect(history["resumeSeq"] == .integer(head))
      let other = try await gateway.connect()
      _ = try await other.call(
        "sessions.subscribe", ["sessionKey": key, "afterSeq": history["resumeSeq"] ?? .null])
      _ = try await client.call("chat.send", ["message": "again"])
      #expect(try await other.event()["seq"] == .integer(head + 1))
    }
  }

  @Test("history read in the middle of a run, and its resumeSeq, give the round that is missing whole and once")
  func history() async throws {
    let talk = try await SteppedTalk.start()
    // The transcript and the resume point after this many events.
    let expected: [(events: Int, messages: Int, resume: Int)] = [(1, 1, 0), (3, 1, 0), (5, 3, 5), (7, 3, 5), (9, 4, 9)]
    try await GatewayHarness.run(models: talk.models) { gateway in
      for (events, messages, resume) in expected {
        let message = "m\(events)"
        let session = JSONValue.string("agent:default:h\(events)")
        let client = try await gateway.connect()
        client.request("chat.send", ["message": .string(message), "sessionKey": session])
        _ = try await client.read(talk, message, through: events)
        let reader = try await gateway.connect()
        let history = try await reader.call("chat.history", ["sessionKey": session])
        #expect(history["messages"]?.arrayValue?.count == messages)
        let after = try #require(history["resumeSeq"]?.intValue)
        // There may be a run.started without content between the messages of a round and the next.
        #expect(after == resume || (resume == 0 && after == 1))
        try await reader.subscribe(to: "agent:default:h\(events)", after: after)
        talk.openAll(of: message)
        guard events < 9 else { continue }
        let rest = try await reader.events(through: "run.completed")
        #expect(rest.first?["seq"] == .integer(Int64(after + 1)))
        #expect(rest.text.hasSuffix(SteppedTalk.answer))
        #expect(rest.text == (resume == 0 ? "Let me see.It is 84." : "It is 84."))
        await reader.drop()
        await client.drop()
      }
    }
    await talk.models.stop()
  }

  @Test("the numbers of events never go back, not even after the session was deleted")
  func deletion() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      let key: JSONValue = "agent:default:ws:main"
      _ = try await client.call("chat.send", ["message": "hello"])
      let head = Int64(client.events.count)
      _ = try await client.call("sessions.delete", ["key": key])
      let after = try await client.call("sessions.subscribe", ["sessionKey": key])
      #expect(after["headSeq"] == .integer(head))
      let old = try await client.failure("sessions.subscribe", ["sessionKey": key, "afterSeq": 0])
      #expect(old["code"] == "FAILED_PRECONDITION")
      #expect(old["details"]?["oldestSeq"] == .integer(head + 1))
      _ = try await client.call("chat.send", ["message": "hello again"])
      let seqs = client.events.seqs.map(Int64.init)
      #expect(seqs == Array(1...Int64(seqs.count)))
      #expect(seqs.count > Int(head))
    }
  }
}
