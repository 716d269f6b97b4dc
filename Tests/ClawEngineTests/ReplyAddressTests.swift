import ClawCore
import ClawJSON
import ClawStore
import Testing

@testable import ClawEngine

/// Reply addresses from the message to the end of its run.
@Suite("Addresses of answers", .timeLimit(.minutes(5)))
struct ReplyAddressTests {
  /// With unknown members.
  private static let address = ReplyAddress(
    version: 7, value: ["chat": "c1", "thread": ["id": 12, "é": nil], "more": [1, "two"]])

  private func outbox(_ harness: Harness) async throws -> [OutboxEntry] {
    try await harness.store.tenant(.standard).read { try $0.outbox.oldest(limit: 100) }
  }

  @Test("the outcome of a run with an address is in the outbox as soon as the run is over; others leave nothing there")
  func completed() async throws {
    try await withEngine { harness in
      _ = try await harness.ask("without")
      let run = try await harness.send("hello") { $0.replyTo = Self.address }
      _ = try await harness.engine.outcome(of: run, as: ann)
      let record = try #require(try await harness.record(run))
      let expected = OutboxEntry(
        session: record.session, run: run, replyTo: Self.address, state: .completed, content: "re: hello", failure: nil)
      #expect(try await outbox(harness) == [expected] && record.replyTo == Self.address)
    }
  }

  @Test("a run that fails, is aborted as it goes or as it waits has its outcome there too, once")
  func failed() async throws {
    let models = FakeModels()
    try await withEngine(models) { harness in
      let failing = try await harness.send("a") { $0.replyTo = Self.address }
      let first = await models.calls.next()
      await first.say("half ")
      await first.fail(ClawError(.unavailable, "gone", kind: .provider))
      #expect(try await harness.engine.outcome(of: failing, as: ann).state == .failed)
      let running = try await harness.send("b") { $0.replyTo = Self.address }
      _ = await models.calls.next()
      let waiting = try await harness.send("c") { $0.replyTo = Self.address }
      for run in [waiting, running] {
        _ = try await harness.engine.abort(.run(run), as: ann)
        #expect(try await harness.engine.outcome(of: run, as: ann).state == .aborted)
      }
      let left = try await outbox(harness)
      #expect(left.map(\.run) == [failing, waiting, running] && left.map(\.state) == [.failed, .aborted, .aborted])
      #expect(left[0].content == "half " && left[0].failure?.code == ClawError.Code.unavailable.rawValue)
    }
  }

  @Test("deleting a session takes what was to be sent of it along, also of runs that are still unfinished")
  func deleted() async throws {
    let models = FakeModels()
    let waiting = FakeTool.whole("ask", effect: .acts) { _, _ in
      .pending(for: .approval, until: TimeSource.system.now + .seconds(3600))
    }
    try await withEngine(models, tools: [waiting]) { harness in
      let ended = try await harness.send("a") { $0.replyTo = Self.address }
      await models.calls.next().answer("done")
      _ = try await harness.engine.outcome(of: ended, as: ann)
      let parked = try await harness.send("b") { $0.replyTo = Self.address }
      await models.calls.next().answer("", calls: [ToolCall(id: "1", name: "ask", arguments: [:])])
      try await yield { try await harness.record(parked)?.state == .waiting }
      let running = try await harness.send("c") { $0.replyTo = Self.address }
      _ = await models.calls.next()
      let queued = try await harness.send("d") { $0.replyTo = Self.address }
      let kept = try await harness.send("e", in: "other") { $0.replyTo = Self.address }
      await models.calls.next().answer("elsewhere")
      _ = try await harness.engine.outcome(of: kept, as: ann)
      #expect(try await outbox(harness).map(\.run) == [ended, kept])
      try await harness.engine.delete(Harness.key("main"), user: nil, as: ann)
      #expect(try await outbox(harness).map(\.run) == [kept])
      for run in [parked, running, queued] {
        #expect(try await harness.engine.outcome(of: run, as: ann).state == .aborted)
      }
    }
  }

  @Test("the address outlives the process, and goes with a message that a run did not read")
  func carried() async throws {
    let directory = try TestDirectory()
    let models = FakeModels()
    var runs: [RunID] = []
    try await withEngine(models, in: directory) { harness in
      runs.append(try await harness.send("a"))
      _ = await models.calls.next()
      var inbound = harness.inbound("b")
      inbound.mode = .steer
      inbound.replyTo = Self.address
      let receipt = try await harness.engine.accept(inbound, as: ann)
      runs.append(try #require(receipt.ifUnread))
      _ = try await harness.engine.abort(.run(runs[0]), as: ann)
      _ = await models.calls.next()
      await harness.engine.drain()
    }
    try await withEngine(in: directory) { harness in
      let outcome = try await harness.engine.outcome(of: runs[1], as: ann)
      #expect(outcome.content == "re: b")
      let left = try await outbox(harness)
      #expect(left.map(\.replyTo) == [Self.address] && left.map(\.run) == [runs[1]])
      try await harness.store.tenant(.standard).write { for entry in left { try $0.outbox.remove(entry) } }
      #expect(try await outbox(harness).isEmpty)
    }
  }

  @Test("an address has a longest form, and a run that another begins is one below it")
  func bounds() async throws {
    try await withEngine { harness in
      let long = ReplyAddress(version: 1, value: .string(String(repeating: "x", count: ReplyAddress.maxBytes)))
      await #expect(throws: ClawError.self) { try await harness.send("a") { $0.replyTo = long } }
      let parent = try await harness.send("a")
      let child = try await harness.send("b", in: "child") { $0.parent = parent }
      let grandchild = try await harness.send("c", in: "grandchild") { $0.parent = child }
      #expect(try await harness.record(grandchild)?.parent == child)
      for (depth, run) in [parent, child, grandchild].enumerated() {
        #expect(try await harness.record(run)?.depth == depth)
      }
      await #expect(throws: ClawError.self) {
        try await harness.send("d") { $0.parent = RunID(unchecked: "nothing") }
      }
    }
  }
}
