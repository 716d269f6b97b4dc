import ClawCore
import ClawEngine
import Testing

@testable import ClawStore

@Suite("Runs that can't be begun", .timeLimit(.minutes(10)))
struct UnbegunRunTests {
  /// Corrupts a run's row, as a damaged file or another version would.
  private func spoil(_ run: RunID, _ column: String, _ value: String, in store: Store) async throws {
    _ = try await store.database.write(as: .tenant(.standard)) { connection in
      try connection.execute(
        "UPDATE runs SET \(column) = $3 WHERE tenant_id = $1 AND id = $2",
        [.id(TenantID.standard), .id(run), .text(value)])
    }
  }

  @Test("one whose row can't be read fails once, with its event, and what waits behind it is answered")
  func unreadable() async throws {
    let directory = try TestDirectory()
    let runs = Locked<[RunID]>([])
    try await withEngine(in: directory, isRunning: false) { harness in
      for text in ["one", "two"] {
        let run = try await harness.send(text)
        runs.withLock { $0.append(run) }
      }
      try await spoil(runs.value[0], "options", "{damaged", in: harness.store)
    }
    try await withEngine(in: directory) { harness in
      await yield { (try? await harness.log().count { $0.body.isTerminal }) == 2 }
      let second = try await harness.engine.outcome(of: runs.value[1], as: ann)
      #expect(second.content == "re: two")
      let events = try await harness.log()
      #expect(events.kinds == ["failed INTERNAL", "started 1", "text", "completed"])
      #expect(events.map(\.seq) == Array(1...Int64(events.count)))
      #expect(events.first?.run == runs.value[0])
      let place = try await harness.store.tenant(.standard).read { try $0.runs.header(of: runs.value[0]) }
      #expect(place?.state == .failed)
      // It can be deleted and listed like any other.
      #expect(try await harness.engine.list(SessionQuery(), as: ann).sessions.map(\.isRunning) == [false])
      try await harness.engine.delete(Harness.key("main"), user: nil, as: ann)
    }
  }

  @Test("one whose row can't be read can be aborted")
  func abort() async throws {
    try await withEngine(isRunning: false) { harness in
      let run = try await harness.send("one")
      try await spoil(run, "options", "{damaged", in: harness.store)
      #expect(try await harness.engine.abort(.session(Harness.key("main"), user: nil), as: ann) == [run])
      #expect(try await harness.log().kinds == ["failed ABORTED"])
    }
  }

  @Test("one that was begun so often as a run may be fails instead of being begun again")
  func attempts() async throws {
    let directory = try TestDirectory()
    let run = Locked<RunID?>(nil)
    for life in 1...3 {
      try await withEngine(FakeModels(), in: directory, configure: { $0.maxAttempts = 2 }) { harness in
        if life == 1 {
          let id = try await harness.send("a")
          run.withLock { $0 = id }
        }
        guard life == 3 else {
          _ = await harness.models.calls.next()
          return await harness.engine.drain()
        }
        let outcome = try await harness.engine.outcome(of: try #require(run.value), as: ann)
        #expect(outcome.state == .failed && outcome.failure?.code == "INTERNAL")
        #expect(try await harness.log().kinds == ["started 1", "started 2", "failed INTERNAL"])
        #expect(harness.models.calls.all.isEmpty)
        try await harness.send("b")
        await harness.models.calls.next().answer("ok")
      }
    }
  }

  @Test("one that was to be aborted ends by that, however often it was begun")
  func abortedAndUsedUp() async throws {
    let directory = try TestDirectory()
    let run = Locked<RunID?>(nil)
    try await withEngine(FakeModels(), in: directory) { harness in
      let id = try await harness.send("a")
      run.withLock { $0 = id }
      _ = await harness.models.calls.next()
      await harness.engine.drain()
      #expect(try await harness.engine.abort(.run(id), as: ann) == [id])
    }
    try await withEngine(FakeModels(), in: directory, configure: { $0.maxAttempts = 1 }) { harness in
      let id = try #require(run.value)
      #expect(try await harness.engine.outcome(of: id, as: ann).state == .aborted)
    }
  }
}
