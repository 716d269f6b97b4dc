import ClawCore
import Testing

@testable import ClawStore

extension InboxEntry {
  static func said(_ text: String, to run: RunID, by user: UserID = ann) -> InboxEntry {
    InboxEntry(
      id: RunID(unchecked: "own-" + text), run: run, mode: .steer, message: UserMessage(text),
      options: RunOptions(stream: false, candidates: [ModelReference(provider: "p", model: "m")]), source: "ws",
      lane: .cron, actor: RunActor(user: user, role: .operator_, credential: .gatewayToken),
      replyTo: ReplyAddress(version: 2, value: ["chat": "c"]))
  }
}

@Suite("The inbox of a session", .bothEngines)
struct InboxTests {
  private let run = RunID(unchecked: "r")
  private let session = SessionID(unchecked: "s")

  @Test("entries come back as they were, in their order, and to the run that they are for alone")
  func order() async throws {
    try await withStore { store in
      let sent = ["z", "a", "m"].map { InboxEntry.said($0, to: run) }
      let foreign = InboxEntry.said("foreign", to: RunID(unchecked: "another"))
      try await store.tenant(acme).write { transaction in
        // All have the same time.
        for entry in [sent[0], foreign] + sent.dropFirst() { try transaction.inbox.add(entry, to: session, at: start) }
      }
      #expect(try await store.tenant(acme).read { try $0.inbox.entries(for: run, in: session) } == sent)
      #expect(try await store.tenant(acme).read { try $0.inbox.count(of: session) } == 4)
      #expect(try await store.tenant(other).read { try $0.inbox.count(of: session) } == 0)
      try await store.tenant(acme).write { try $0.inbox.remove(Array(sent.prefix(2)), of: session) }
      #expect(try await store.tenant(acme).read { try $0.inbox.entries(for: run, in: session) } == [sent[2]])
    }
  }

  @Test("a kind that this version does not know is left alone, and holds up no run")
  func unknownKind() async throws {
    try await withStore { store in
      let place = address("main")
      let session = try await say("x", in: place, store).id
      try await store.tenant(acme).write { transaction in
        let record = NewRun(
          id: run, address: place, session: session, source: "ws", lane: .main, options: RunOptions(), messageSeq: 1)
        try transaction.runs.add(record, at: start)
        try transaction.inbox.add(.said("m", to: run), to: session, at: start)
      }
      let end = RunEnd(
        state: .completed, hasAnswer: false, iterations: 1, usage: TokenUsage(), stopReason: .stop, model: "",
        failure: nil)
      struct Refused: Error {}
      await #expect(throws: Refused.self) {
        try await store.tenant(acme).write {
          try $0.runs.end(run, as: end, evenIfUnread: false, at: start, orThrow: Refused())
        }
      }
      _ = try await store.database.write(as: .tenant(acme)) { connection in
        try connection.execute("UPDATE inbox SET kind = 'planet', body = '{' WHERE tenant_id = $1", [.id(acme)])
      }
      #expect(try await store.tenant(acme).read { try $0.inbox.entries(for: run, in: session) }.isEmpty)
      try await store.tenant(acme).write {
        try $0.runs.end(run, as: end, evenIfUnread: false, at: start, orThrow: Refused())
      }
    }
  }

  @Test("an entry that can't be read comes back empty instead of keeping its run from the end")
  func unreadable() async throws {
    try await withStore { store in
      try await store.tenant(acme).write { try $0.inbox.add(.said("m", to: run), to: session, at: start) }
      _ = try await store.database.write(as: .tenant(acme)) { connection in
        try connection.execute("UPDATE inbox SET body = '{' WHERE tenant_id = $1", [.id(acme)])
      }
      let entries = try await store.tenant(acme).read { try $0.inbox.entries(for: run, in: session) }
      #expect(entries.map(\.message.parts) == [[]] && entries.map(\.lane) == [.main])
    }
  }
}
