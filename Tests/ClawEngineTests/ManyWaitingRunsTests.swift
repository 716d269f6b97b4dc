import ClawCore
import Testing

@testable import ClawEngine
@testable import ClawStore

@Suite("Ten thousand runs that wait", .timeLimit(.minutes(10)))
struct ManyWaitingRunsTests {
  private static let many = 10_000

  /// Sessions, runs and rows of the queue as parking leaves them.
  private func park(in store: Store, until time: Timestamp) async throws {
    try await store.tenant(.standard).write { transaction in
      for number in 0..<Self.many {
        let (run, session) = (RunID(unchecked: "waiting-\(number)"), SessionID(unchecked: "session-\(number)"))
        let address = SessionAddress(
          tenant: .standard, user: ann.user, key: SessionKey(unchecked: "agent:default:waiting:\(number)"))
        try transaction.sessions.reserveMessages(1, in: address, newID: session, channel: "ws", runs: 1, at: time) {
          _ in
        }
        let message = TranscriptMessage(
          seq: 1, id: .generate(at: time), run: run, createdAt: time, body: .user(UserMessage("x")))
        try transaction.messages.add([message], to: session)
        try transaction.runs.add(
          NewRun(
            id: run, address: address, session: session, source: "ws", lane: .main, options: RunOptions(),
            messageSeq: 1), isStarted: true, at: time)
        let lease = try transaction.queue.addClaimed(
          run, of: .standard, user: ann.user, mailbox: session, position: 1, lane: .main, by: NodeID(unchecked: "n"),
          until: time)
        _ = try transaction.queue.park(lease, until: time + .seconds(86_400))
        _ = try transaction.runs.park(run)
      }
    }
  }

  @Test("take no place, lease or task; messages are answered beside them, and each can be woken")
  func crowd() async throws {
    let clock = ManualClock()
    let directory = try TestDirectory()
    try await withEngine(in: directory, time: clock.source, isRunning: false) { harness in
      try await park(in: harness.store, until: clock.now)
    }
    try await withEngine(in: directory, time: clock.source) { harness in
      let (engine, registry) = (harness.engine, harness.engine.parts.registry)
      #expect(try await harness.ask("hello").state == .completed)
      let lane = try #require(try await engine.status(as: ann).lanes[.main])
      #expect(lane == LaneStatus(running: 0, queued: 0, waiting: Self.many, limit: 512))
      #expect(registry.leases.isEmpty && engine.runningRuns == 0 && registry.waitedElsewhere().isEmpty)
      // One of them gets a message; the others stay parked.
      let receipt = try await harness.engine.accept(
        {
          var inbound = harness.inbound("go on", in: "waiting:4711")
          inbound.mode = .steer
          return inbound
        }(), as: ann)
      #expect(receipt.run.rawValue == "waiting-4711")
      #expect(try await engine.outcome(of: receipt, as: ann).state == .completed)
      #expect(try await engine.status(as: ann).lanes[.main]?.waiting == Self.many - 1)
      #expect(try await engine.abort(.run(RunID(unchecked: "waiting-17")), as: ann).count == 1)
      #expect(try await harness.record(RunID(unchecked: "waiting-17"))?.state == .aborted)
      #expect(registry.leases.isEmpty)
    }
  }
}
