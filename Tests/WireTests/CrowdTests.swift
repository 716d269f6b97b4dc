import ClawCommands
import ClawJSON
import ClawTesting
import Testing

@Suite("Many who watch one session while it speaks")
struct CrowdTests {
  private static let session = "agent:default:ws:main"

  @Test("L9: whoever subscribes, at whatever moment and from wherever, sees every event from there on once")
  func crowd() async throws {
    let models = try await FakeModelServer.start()
    let words = (1...600).map { FakeReply.Piece.text("w\($0) ") }
    models.respond { _ in FakeReply(words).paced(.microseconds(500)) }
    try await GatewayHarness.run(models: models, set: { $0.set(Settings.textJoin, to: .zero) }) { gateway in
      let speaker = try await gateway.connect()
      _ = try await speaker.call("chat.send", ["message": "first"])
      let head = speaker.events.count
      let id = speaker.request("chat.send", ["message": "second"])
      // The watchers subscribe during the second answer, each from another position in the first.
      let seen = try await withThrowingTaskGroup(of: (Int, [JSONValue]).self) { group in
        for watcher in 0..<12 {
          group.addTask {
            let client = try await gateway.connect()
            let after = head * watcher / 12
            try await client.subscribe(to: .string(Self.session), after: after)
            var events = try await client.twoRuns()
            if watcher.isMultiple(of: 3), let middle = events.dropLast().last?["seq"]?.intValue {
              // Subscribing again replaces the first subscription, which delivers nothing more.
              try await client.subscribe(to: .string(Self.session), after: middle)
              events.removeAll { ($0["seq"]?.intValue ?? 0) > middle }
              events += try await client.events(through: "run.completed")
            }
            return (after, events)
          }
        }
        var all: [(Int, [JSONValue])] = []
        for try await one in group { all.append(one) }
        return all
      }
      _ = try await speaker.response(to: id)
      let expected = speaker.events
      #expect(expected.seqs == Array(1...expected.count))
      for (after, events) in seen {
        #expect(events.seqs == Array(after + 1...expected.count))
        #expect(events == Array(expected[after...]))
      }
    }
    await models.stop()
  }

  @Test("a watcher who turns a subscription on and off all the time is sent nothing twice")
  func switching() async throws {
    let models = try await FakeModelServer.start()
    let words = (1...300).map { FakeReply.Piece.text("w\($0) ") }
    models.respond { _ in FakeReply(words).paced(.milliseconds(1)) }
    try await GatewayHarness.run(models: models, set: { $0.set(Settings.textJoin, to: .zero) }) { gateway in
      let speaker = try await gateway.connect()
      let id = speaker.request("chat.send", ["message": "speak"])
      let client = try await gateway.connect()
      var last = 0
      var isDone = false
      while !isDone {
        try await client.subscribe(to: .string(Self.session), after: last)
        for _ in 1...5 where !isDone {
          let event = try await client.event()
          #expect(event["seq"]?.intValue == last + 1)
          last = event["seq"]?.intValue ?? last
          isDone = event["event"] == "run.completed"
        }
        let off = try await client.response(
          to: client.request("sessions.unsubscribe", ["sessionKey": .string(Self.session)]))
        #expect(off["ok"] == true)
        // Events before it are gapless too; later ones are delivered automatically, and ignored.
        for event in client.events where !isDone && event["seq"]?.intValue == last + 1 {
          last += 1
          isDone = event["event"] == "run.completed"
        }
      }
      _ = try await speaker.response(to: id)
      #expect(speaker.events.count == last)
    }
    await models.stop()
  }
}

extension WireConnection {
  /// Events up to the end of the second of two runs.
  fileprivate func twoRuns() async throws -> [JSONValue] {
    let first = try await events(through: "run.completed")
    return first + (try await events(through: "run.completed"))
  }
}
