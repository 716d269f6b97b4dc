import ClawCore
import ClawJSON
import ClawTesting
import Testing

/// One file, used alternately by a program that writes events and fields unknown to the other, see `NewerFormat`.
@Suite("Two versions on one file in turn", .timeLimit(.minutes(10)))
struct VersionTests {
  private static let session: JSONValue = "agent:default:ws:main"

  @Test("an older version finishes what a newer one left, shows all of its events with their numbers, and goes on")
  func inTurn() async throws {
    let directory = try TemporaryDirectory(isOnPostgres: false)
    let models = try await FakeModelServer.start()
    models.enqueue(
      .text("one"), FakeReply.text("two words").stalling(after: 1, FakeGate()), .text("two again"), .text("three"),
      .text("four"), .text("five"))
    let newer = ["SWIFTCLAW_WRITE_NEWER": "1"]
    let first = try await GatewayProcess.start(in: directory, models: models, environment: newer)
    let before = try await first.connect()
    for message in ["first", "second", "third"] {
      _ = try await before.call("chat.send", ["message": .string(message), "wait": .bool(message == "first")])
    }
    var events = try await before.events(through: "run.completed")
    events += try await before.events(through: "chunk")
    #expect(events.names.contains(NewerFormat.eventType))
    await first.killNow()

    let second = try await GatewayProcess.start(in: directory, models: models)
    let between = try await second.connect()
    try await between.subscribe(to: Self.session, after: 0)
    var seen: [JSONValue] = []
    while seen.names.count(where: { $0 == "run.completed" }) < 3 { seen.append(try await between.event()) }
    #expect(Array(seen.prefix(events.count)) == events)
    #expect(try await between.call("chat.send", ["message": "fourth"])["content"] == "four")
    seen += try await between.events(through: "run.completed")
    #expect(seen.seqs == Array(1...seen.count))
    #expect(await second.terminate() == 0)

    let third = try await GatewayProcess.start(in: directory, models: models, environment: newer)
    let after = try await third.connect()
    try await after.subscribe(to: Self.session, after: 0)
    #expect(try await after.call("chat.send", ["message": "fifth"])["content"] == "five")
    var all: [JSONValue] = []
    while all.names.count(where: { $0 == "run.completed" }) < 5 { all.append(try await after.event()) }
    #expect(Array(all.prefix(seen.count)) == seen)
    #expect(all.seqs == Array(1...all.count))
    let history = try await after.call("chat.history", ["sessionKey": Self.session])
    let texts = history["messages"]?.arrayValue?.compactMap { $0["content"]?.stringValue } ?? []
    let asked = ["first", "second", "third", "fourth", "fifth"]
    #expect(texts.filter { asked.contains($0) } == asked)
    #expect(texts.filter { !asked.contains($0) } == ["one", "two again", "three", "four", "five"])
    await third.killNow()
    #expect(models.violations.isEmpty)
    await models.stop()
  }
}
