import ClawCore
import ClawStore
import Testing

@testable import ClawEngine

@Suite("Runs that begin as they are accepted", .timeLimit(.minutes(10)))
struct StartTests {
  /// Once one message was answered, the engine is running.
  private func warmUp(_ harness: Harness) async throws {
    let run = try await harness.send("warm up", in: "first")
    await harness.models.calls.next().answer("warm")
    #expect(try await harness.engine.outcome(of: run, as: ann).state == .completed)
    // Its slot is released a moment after its end, and given to the next run if none is waiting.
    await yield { harness.engine.parts.registry.hasRoom(.main, limit: 1) }
  }

  @Test("one that need not wait is this node's from the start, and its first event is stored with its message")
  func atOnce() async throws {
    try await withEngine(FakeModels()) { harness in
      try await warmUp(harness)
      let run = try await harness.send("hello")
      // Accepting has returned, so everything is durable.
      let record = try await harness.record(run)
      #expect(record?.state == .running && record?.attempt == 1)
      #expect(try await harness.log().kinds == ["started 1"])
      await harness.models.calls.next().answer("hi")
      #expect(try await harness.engine.outcome(of: run, as: ann).content == "hi")
      #expect(try await harness.log().map(\.seq) == [1, 2])
    }
  }

  @Test("one behind another of its session, or in a full lane, waits for its turn")
  func waiting() async throws {
    try await withEngine(FakeModels(), configure: { $0.lanes[.main] = 1 }) { harness in
      try await warmUp(harness)
      let first = try await harness.send("one")
      let behind = try await harness.send("two")
      let crowdedOut = try await harness.send("three", in: "other")
      var states: [RunState?] = []
      for run in [first, behind, crowdedOut] { states.append(try await harness.record(run)?.state) }
      #expect(states == [.running, .queued, .queued])
      for _ in 0..<3 { await harness.models.calls.next().answer("ok") }
      for run in [first, behind, crowdedOut] {
        #expect(try await harness.engine.outcome(of: run, as: ann).state == .completed)
      }
      // Nothing is pending any more.
      let pending = try await harness.store.tenant(.standard).read {
        try $0.sessions.counters(of: harness.address("main"))?.pending
      }
      #expect(pending == 0)
    }
  }

  @Test("the past of a session is known from memory and from the store alike")
  func window() async throws {
    let directory = try TestDirectory()
    var fromMemory: [Exchange] = []
    try await withEngine(FakeModels(), in: directory) { harness in
      for text in ["one", "two", "three"] {
        let run = try await harness.send(text)
        let call = await harness.models.calls.next()
        fromMemory = call.request.exchanges
        await call.answer("re \(text)")
        _ = try await harness.engine.outcome(of: run, as: ann)
      }
      #expect(fromMemory.map { $0.input.map(\.text) } == [["one"], ["two"], ["three"]])
      #expect(fromMemory.map { $0.rounds.map(\.text) } == [["re one"], ["re two"], []])
    }
    try await withEngine(FakeModels(), in: directory) { harness in
      _ = try await harness.send("four")
      let call = await harness.models.calls.next()
      #expect(call.request.exchanges.map { $0.input.map(\.text) } == [["one"], ["two"], ["three"], ["four"]])
      #expect(Array(call.request.exchanges.dropLast().prefix(2)) == Array(fromMemory.prefix(2)))
      await call.answer("re four")
    }
  }
}
