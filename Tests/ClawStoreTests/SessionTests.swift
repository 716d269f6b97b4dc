import ClawCore
import Testing

@testable import ClawStore

@Suite("Sessions, messages and events", .bothEngines)
struct SessionTests {
  private func counters(_ store: Store, _ place: SessionAddress) async throws -> SessionCounters? {
    try await store.tenant(place.tenant).read { try $0.sessions.counters(of: place) }
  }

  private func events(_ store: Store, _ place: SessionAddress, after seq: Int64, limit: Int = 100) async throws
    -> [RunEvent]
  {
    try await store.tenant(place.tenant).read { transaction in
      guard let counters = try transaction.sessions.counters(of: place) else { return [] }
      return try transaction.events.events(of: counters.id, at: place, after: seq, limit: limit)
    }
  }

  @Test("L25: two tenants, and two users, with the same key never meet")
  func walls() async throws {
    try await withStore { store in
      let places = [
        address("main"), address("main", of: bob), address("main", in: other), address("main", of: bob, in: other),
      ]
      var sessions: [SessionID] = []
      for (index, place) in places.enumerated() {
        let session = try await say("secret \(index)", in: place, store)
        #expect(session.lastMessageSeq == 1)
        try await log(["event \(index)"], in: place, session: session.id, store)
        sessions.append(session.id)
      }
      #expect(Set(sessions).count == 4)
      for (index, place) in places.enumerated() {
        #expect(try await events(store, place, after: 0).map(\.body) == [.text("event \(index)")])
        for (otherIndex, session) in sessions.enumerated() {
          // Not even with the ID of another tenant's session is it accessible.
          let rows = try await store.tenant(place.tenant).read { transaction in
            try transaction.messages.page(of: session, before: .max, limit: 10).map(\.body)
          }
          let isSameTenant = places[otherIndex].tenant == place.tenant
          #expect(rows == (isSameTenant ? [.user(UserMessage("secret \(otherIndex)"))] : []), "\(index) \(otherIndex)")
        }
      }
      let first = sessions[0]
      await #expect(throws: SessionGone.self) {
        try await store.tenant(other).write { transaction in
          _ = try transaction.sessions.advance(first, by: .init(events: 1, isInTranscript: true), at: start)
        }
      }
      try await store.tenant(other).write { transaction in
        _ = try transaction.rowRemoval.begin(
          transaction.sessions.reset(first, as: SessionID(unchecked: "new")), at: start)
        try transaction.sessions.jumpAhead(by: 100)
      }
      #expect(try await events(store, places[0], after: 0).count == 1)
      #expect(try await counters(store, places[0])?.headSeq == 1)
      #expect(try await counters(store, places[2])?.headSeq == 101)
    }
  }

  @Test("L25: runs, agents and idempotency keys are a tenant's own")
  func otherRows() async throws {
    try await withStore { store in
      let place = address("main")
      let session = try await say("x", in: place, store)
      let run = NewRun(
        id: RunID(unchecked: "run-1"), address: place, session: session.id, source: "ws", lane: .main,
        options: RunOptions(), messageSeq: 1)
      let agent = Agent(
        id: .generate(at: start), key: .standard, name: "A", folder: AgentFolder(path: ""), createdAt: start,
        updatedAt: start)
      try await store.tenant(acme).write { transaction in
        try transaction.runs.add(run, at: start)
        #expect(try transaction.agents.add(agent))
        #expect(try transaction.agents.add(agent) == false)
        #expect(try use("key", of: ann, "f", run.id, in: transaction) == .new)
      }
      try await store.tenant(other).write { (transaction) throws in
        #expect(try transaction.runs.run(run.id) == nil)
        #expect(try transaction.runs.unfinished(of: session.id).isEmpty)
        #expect(try transaction.runs.start(run.id, at: start) == false)
        #expect(try transaction.runs.requestAbort(run.id) == false)
        #expect(try transaction.agents.agent(.standard) == nil)
        #expect(try transaction.agents.all().isEmpty)
        #expect(try use("key", of: ann, "other", RunID(unchecked: "run-2"), in: transaction) == .new)
        #expect(try transaction.sessions.count(of: nil) == 0)
      }
      try await store.tenant(acme).write { (transaction) throws in
        #expect(try transaction.runs.run(run.id)?.state == .queued)
        #expect(try transaction.agents.agent(.standard) == agent)
        #expect(try use("key", of: bob, "f", RunID(unchecked: "run-3"), in: transaction) == .new)
        #expect(
          try use("key", of: ann, "f", RunID(unchecked: "run-4"), in: transaction)
            == .used(fingerprint: "f", run: run.id))
      }
    }
  }

  @Test("counters never go back, not even when a session is emptied and written to again")
  func reset() async throws {
    try await withStore { store in
      let place = address("main")
      let first = try await say("one", in: place, store)
      try await say("two", in: place, store)
      #expect(try await log(["a", "b", "c"], in: place, session: first.id, store) == [1, 2, 3])
      try await store.tenant(acme).write { transaction in
        let removal = try transaction.sessions.reset(first.id, as: .generate(at: start))
        #expect(try transaction.rowRemoval.begin(removal, at: start))
      }
      let emptied = try #require(try await counters(store, place))
      #expect(!emptied.exists)
      #expect(emptied.headSeq == 3 && emptied.oldestSeq == 4 && emptied.resumeSeq == 3)
      let later = start + .seconds(9)
      let again = try await say("three", in: place, at: later, store)
      #expect(again.exists)
      #expect(again.lastMessageSeq == 3 && again.windowStartSeq == 3)
      #expect(try await log(["d"], in: place, session: again.id, store) == [4])
      #expect(try await events(store, place, after: 0).map(\.seq) == [4])
      let listed = try await store.tenant(acme).read {
        try $0.sessionList.page(of: ann, agent: nil, text: nil, after: nil, limit: 10)
      }
      #expect(listed.map(\.messageCount) == [1])
      #expect(listed.first?.createdAt == later)
    }
  }

  @Test("the resume number moves only with what the transcript holds")
  func resumeSeq() async throws {
    try await withStore { store in
      let place = address("main")
      let session = try await say("x", in: place, store)
      try await log(["a", "b"], in: place, session: session.id, store)
      #expect(try await counters(store, place)?.resumeSeq == 0)
      try await store.tenant(acme).write { transaction in
        let step = SessionRepository.Step(
          messages: 1, events: 1, isInTranscript: true, usage: TokenUsage(inputTokens: 5, outputTokens: 7), model: "m")
        let numbers = try transaction.sessions.advance(session.id, by: step, at: start)
        #expect(numbers.lastMessage == 2 && numbers.lastEvent == 3)
      }
      #expect(try await counters(store, place)?.resumeSeq == 3)
      try await log(["d"], in: place, session: session.id, store)
      #expect(try await counters(store, place)?.resumeSeq == 3)
      #expect(try await counters(store, place)?.headSeq == 4)
    }
  }

  @Test("events come in pages, and pages meet without gap or overlap")
  func pages() async throws {
    try await withStore { store in
      let place = address("main")
      let session = try await say("x", in: place, store)
      try await log((1...25).map { "e\($0)" }, in: place, session: session.id, store)
      var seen: [Int64] = []
      while true {
        let page = try await events(store, place, after: seen.last ?? 0, limit: 10)
        guard !page.isEmpty else { break }
        #expect(page.count <= 10)
        seen += page.map(\.seq)
      }
      #expect(seen == Array(1...25))
    }
  }

  @Test("events that are too old go in batches, up to the first that is kept")
  func expiry() async throws {
    try await withStore { store in
      let place = address("main")
      let session = try await say("x", in: place, store)
      for index in 0..<10 {
        try await log(["e"], in: place, session: session.id, at: start + .seconds(Int64(index)), store)
      }
      func remove(from oldest: Int64, before cutoff: Timestamp, limit: Int) async throws -> Int64 {
        try await store.tenant(acme).write { transaction in
          let next = try transaction.events.removeExpired(of: session.id, from: oldest, cutoff: cutoff, limit: limit)
          try transaction.sessions.setOldest(next, of: session.id)
          return next
        }
      }
      let cutoff = start + .seconds(6)
      #expect(try await remove(from: 1, before: start, limit: 4) == 1)
      #expect(try await remove(from: 1, before: cutoff, limit: 4) == 5)
      #expect(try await remove(from: 5, before: cutoff, limit: 4) == 7)
      #expect(try await remove(from: 7, before: cutoff, limit: 4) == 7)
      #expect(try await events(store, place, after: 0).map(\.seq) == [7, 8, 9, 10])
      #expect(try await counters(store, place)?.oldestSeq == 7)
      #expect(try await remove(from: 7, before: start + .seconds(99), limit: 100) == 11)
      let left = try #require(try await counters(store, place))
      #expect(left.oldestSeq == left.headSeq + 1)
      let withEvents = try await store.tenant(acme).read { try $0.sessions.withEvents(after: nil, limit: 10).count }
      #expect(withEvents == 0)
    }
  }

  @Test("a statement that nobody waits for and that fails keeps nothing of its transaction, nor does a refused one")
  func failsLater() async throws {
    struct Refused: Error {}
    try await withStore { store in
      let place = address("main")
      let session = try await say("first", in: place, store)
      let again = TranscriptMessage(
        seq: 1, id: .generate(at: start), run: nil, createdAt: start, body: .user(UserMessage("again")))
      let failure = await code {
        try await store.tenant(acme).write { transaction in
          _ = try transaction.sessions.setLabel("changed", of: place, at: start)
          try transaction.messages.add([again], to: session.id)
        }
      }
      #expect(failure == .internalError)
      await #expect(throws: Refused.self) {
        try await store.tenant(acme).write { transaction in
          try transaction.queue.remove(
            Lease(tenant: acme, run: RunID(unchecked: "none"), fence: 1), orThrow: Refused())
          _ = try transaction.sessions.setLabel("changed", of: place, at: start)
        }
      }
      try await say("second", in: place, store)
      try await store.tenant(acme).read { (transaction) throws in
        #expect(try transaction.messages.latest(of: session.id, from: 1, limit: 10).map(\.seq) == [1, 2])
        let list = try transaction.sessionList.page(
          of: ann, agent: nil, text: nil, after: nil, limit: 10)
        #expect(list.map(\.label) == [""])
      }
    }
  }

  @Test("an idempotency key is remembered for its time, and replaced after it")
  func idempotency() async throws {
    try await withStore { store in
      try await store.tenant(acme).write { transaction in
        let runs = (1...5).map { RunID(unchecked: "\($0)") }
        #expect(try use("key", of: ann, "f1", runs[0], in: transaction) == .new)
        #expect(try use("key", of: ann, "f2", runs[1], in: transaction) == .used(fingerprint: "f1", run: runs[0]))
        #expect(try use("KEY", of: ann, "f1", runs[2], in: transaction) == .new)
        // It has expired, and is used again.
        let later = start + .milliseconds(1)
        #expect(try use("key", of: ann, "f2", runs[1], since: later, at: start + .seconds(5), in: transaction) == .new)
        #expect(try use("key", of: ann, "f3", runs[3], in: transaction) == .used(fingerprint: "f2", run: runs[1]))
        _ = try transaction.idempotency.forget(before: start + .seconds(5))
        #expect(try use("key", of: ann, "f3", runs[3], in: transaction) == .used(fingerprint: "f2", run: runs[1]))
        _ = try transaction.idempotency.forget(before: start + .seconds(6))
        #expect(try use("key", of: ann, "f3", runs[4], in: transaction) == .new)
      }
    }
  }

  private func use(
    _ key: String, of user: UserID, _ fingerprint: String, _ run: RunID, since: Timestamp = start,
    at time: Timestamp = start, in transaction: TenantTransaction
  ) throws -> IdempotencyRepository.Claim {
    try transaction.idempotency.claim(key, of: user, fingerprint: fingerprint, run: run, since: since, at: time)
  }
}
