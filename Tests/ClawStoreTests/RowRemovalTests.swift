import ClawCore
import Testing

@testable import ClawStore

@Suite("Removing many rows", .bothEngines, .timeLimit(.minutes(10)))
struct RowRemovalTests {
  private static let count = RowRemoval.batch * 2 + 500

  /// A session with many messages, some events, and runs with tool calls.
  private func longSession(_ place: SessionAddress, _ store: Store) async throws -> (SessionID, [RunID]) {
    let session = try await say("x", in: place, store).id
    try await log(["a", "b", "c"], in: place, session: session, store)
    let runs = (0..<3).map { RunID(unchecked: "run-\($0)") }
    try await store.tenant(acme).write { transaction in
      let messages = (2...Int64(Self.count)).map { seq in
        TranscriptMessage(
          seq: seq, id: .generate(at: start), run: nil, createdAt: start, body: .user(UserMessage("\(seq)")))
      }
      try transaction.messages.add(messages, to: session)
      for (number, run) in runs.enumerated() {
        let record = NewRun(
          id: run, address: place, session: session, source: "ws", lane: .main, options: RunOptions(),
          messageSeq: Int64(number + 1), replyTo: ReplyAddress(version: 1, value: "there"))
        _ = try transaction.runs.add(record, at: start)
        let call = NewToolCall(id: "call", name: "look", arguments: [:], effect: .reads)
        try transaction.toolCalls.add([call], round: 1, of: run, in: session, at: start)
        try transaction.outbox.add(run, as: .completed, content: "hello", failure: nil, at: start)
      }
      try transaction.inbox.add(.said("m", to: runs[0]), to: session, at: start)
    }
    return (session, runs)
  }

  /// Remaining rows of a deleted session.
  private func rows(_ session: SessionID, _ store: Store) async throws -> (messages: Int, events: Int, runs: Int) {
    try await store.tenant(acme).read { transaction in
      (
        try transaction.messages.latest(of: session, from: 0, limit: 10_000).count,
        try transaction.events.events(of: session, at: address("main"), after: 0, limit: 100).count,
        try transaction.runs.unfinishedHeaders(of: session).count
      )
    }
  }

  @Test("a long session that is deleted is gone at once; its rows go some at a time, as many as a batch has")
  func session() async throws {
    try await withStore { store in
      let place = address("main")
      let (session, runs) = try await longSession(place, store)
      let database = store.tenant(acme)
      let newID = SessionID.generate(at: start)
      let removal = try await database.write { try $0.sessions.reset(session, as: newID) }
      #expect(try await database.write { try $0.rowRemoval.begin(removal, at: start) } == false)
      try await database.read { transaction in
        let counters = try #require(try transaction.sessions.counters(of: place))
        #expect(!counters.exists && counters.id == newID && counters.lastMessageSeq == 1)
        for run in runs {
          #expect(try transaction.runs.run(run) == nil)
          #expect(try transaction.runs.header(of: run) == nil)
        }
        #expect(try transaction.runs.statuses(of: runs).isEmpty)
        #expect(try transaction.removals.page(after: nil, limit: 10) == [removal])
      }
      // Messages sent meanwhile belong to another session.
      let again = try await say("again", in: place, store)
      #expect(again.id == newID && again.lastMessageSeq == 2)
      var left = try await rows(session, store)
      #expect(left.messages == Self.count - RowRemoval.batch && left.events == 3 && left.runs == 3)
      while try await !database.write({ try $0.rowRemoval.continueRemoval(removal, at: start) { _ in } }) {
        let now = try await rows(session, store)
        #expect((1...RowRemoval.batch).contains(left.messages - now.messages))
        left = now
      }
      let end = try await rows(session, store)
      #expect(end.messages == 0 && end.events == 0 && end.runs == 0)
      for run in runs { #expect(try await database.read { try $0.toolCalls.all(of: run, in: session) }.isEmpty) }
      #expect(try await database.read { try $0.inbox.count(of: session) } == 0)
      #expect(try await database.read { try $0.outbox.oldest(limit: 10) }.isEmpty)
      #expect(try await store.node.read { try $0.removals.page(after: nil, limit: 10) }.isEmpty)
      #expect(try await rows(newID, store).messages == 1)
      // Repeated, as by another node that was about to do it, it removes nothing else.
      #expect(try await database.write { try $0.rowRemoval.continueRemoval(removal, at: start) { _ in } })
      #expect(try await rows(newID, store).messages == 1)
    }
  }

  @Test("removals are listed page by page, those of one tenant or all; kinds of newer versions are left alone")
  func pages() async throws {
    try await withStore { store in
      let mine = (0..<5).map { Removal(.session, "s\($0)", of: acme) }
      let strange = Removal(.job, "j", of: other)
      try await store.node.write { node in
        for removal in [strange, strange] + mine { try node.removals.add(removal, at: start) }
      }
      _ = try await store.database.write(as: .node) { connection in
        try connection.execute("INSERT INTO removals VALUES ('acme', 'planet', 'x', 1)", [])
      }
      func all(of tenant: TenantID?) async throws -> [Removal] {
        var found: [Removal] = []
        while true {
          let last = found.last
          let page = try await store.node.read { try $0.removals.page(of: tenant, after: last, limit: 2) }
          found += page
          if page.isEmpty { return found }
        }
      }
      #expect(try await all(of: nil) == mine + [strange])
      #expect(try await all(of: acme) == mine)
    }
  }

  @Test("what is kept for a time goes some at a time, however much of it has one time, and what is in use stays")
  func retention() async throws {
    try await withStore { store in
      let database = store.tenant(acme)
      let late = start + .seconds(10)
      try await database.write { transaction in
        for number in 0..<Self.count {
          let (user, job) = (UserID(unchecked: "u\(number)"), JobID(unchecked: "j\(number)"))
          _ = try transaction.idempotency.claim(
            "k", of: user, fingerprint: "", run: RunID(unchecked: "r"), since: start, at: start)
          _ = try transaction.cronSlots.note(start, of: job, as: .missed, run: nil, at: start)
          _ = try transaction.rateBuckets.take(for: user, burst: 5, perMinute: 1, at: start)
        }
        _ = try transaction.idempotency.claim(
          "k", of: ann, fingerprint: "", run: RunID(unchecked: "r"), since: start, at: late)
        _ = try transaction.cronSlots.note(late, of: JobID(unchecked: "j0"), as: .missed, run: nil, at: late)
        _ = try transaction.rateBuckets.take(for: ann, burst: 5, perMinute: 1, at: late)
      }
      let forget: [@Sendable (TenantTransaction) throws -> Int] = [
        { try $0.idempotency.forget(before: late) }, { try $0.cronSlots.forget(before: late) },
        { try $0.rateBuckets.forget(before: late) },
      ]
      for body in forget {
        var counts: [Int] = []
        repeat { counts.append(try await database.write(body)) } while counts.last ?? 0 > 0
        #expect(counts == [RowRemoval.batch, RowRemoval.batch, 500, 0])
      }
      for (time, isLeft) in [(late, false), (.max, true)] {
        let left = try await database.read { transaction in
          [
            try transaction.idempotency.hasAny(before: time), try transaction.cronSlots.hasAny(before: time),
            try transaction.rateBuckets.hasAny(before: time),
          ]
        }
        #expect(left == [isLeft, isLeft, isLeft])
      }
    }
  }

  @Test("a user is erased some rows at a time; what they did for others stays, without their name")
  func user() async throws {
    try await withStore { store in
      let database = store.tenant(acme)
      let place = address("main", of: bob)
      let session = try await say("x", in: place, store).id
      try await database.write { transaction in
        for number in 0..<Self.count {
          _ = try transaction.idempotency.claim(
            "k\(number)", of: ann, fingerprint: "", run: RunID(unchecked: "r"), since: start, at: start)
          let run = NewRun(
            id: RunID(unchecked: "run-\(number)"), address: place, session: session, source: "ws", lane: .main,
            options: RunOptions(), messageSeq: Int64(number),
            actor: RunActor(user: ann, role: .operator_, credential: .gatewayToken))
          _ = try transaction.runs.add(run, at: start)
        }
        // And a decided call.
        let (run, call) = (RunID(unchecked: "run-0"), NewToolCall(id: "c", name: "do", arguments: [:], effect: .acts))
        try transaction.toolCalls.add([call], round: 1, of: run, in: session, at: start)
        try transaction.toolCalls.wait(
          "c", for: ToolWait(reason: .approval, until: start), round: 1, of: run, in: session, begun: start)
        let kept = try #require(try transaction.toolCalls.open(of: run, in: session).first)
        #expect(try transaction.toolCalls.decide(kept, as: .approved, answer: nil, by: ann, in: session, at: start))
      }
      let removal = try await database.write { try $0.erasure.begin(erasing: ann, at: start) }
      #expect(try await database.read { try $0.users.listed(ann) } == nil)
      var transactions = 1
      while try await !database.write({ try $0.erasure.continueRemoval(removal, of: ann, at: start) }) {
        transactions += 1
      }
      // Two and a half batches of each.
      #expect(transactions == 6)
      #expect(try await database.read { try $0.users.user(ann) } == nil)
      #expect(try await database.read { try $0.idempotency.hasAny(before: .max) } == false)
      #expect(try await database.read { try $0.removals.isPending(removal) } == false)
      for number in [0, Self.count - 1] {
        let run = try await database.read { try $0.runs.run(RunID(unchecked: "run-\(number)")) }
        #expect(run?.actor.user.rawValue == "")
      }
      let call = try await database.read { try $0.toolCalls.all(of: RunID(unchecked: "run-0"), in: session) }.first
      #expect(call?.state == .approved && call?.decidedBy == nil)
    }
  }
}

extension Timestamp {
  fileprivate static let max = Timestamp(milliseconds: .max)
}
