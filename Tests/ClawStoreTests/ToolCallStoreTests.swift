import ClawCore
import Testing

@testable import ClawStore

@Suite("Calls of tools in the store", .bothEngines)
struct ToolCallStoreTests {
  private let run = RunID(unchecked: "run")
  private let session = SessionID(unchecked: "session")
  private let late = start + .seconds(5)

  private func call(_ id: String, sealed: String? = nil, effect: ToolEffect = .acts) -> NewToolCall {
    NewToolCall(id: id, name: "do", arguments: ["a": "b"], sealed: sealed, effect: effect)
  }

  @Test("go from asked to started to done, however many at once; a call is known by its round and the bytes of its id")
  func states() async throws {
    try await withStore { store in
      let database = store.tenant(acme)
      let (run, session, late) = (run, session, late)
      let ids = (0..<40).map { "c\($0)" } + ["\u{E9}", "e\u{301}"]
      let calls = ids.map { call($0) }
      try await database.write { try $0.toolCalls.add(calls, round: 1, of: run, in: session, at: start) }
      // A later round may reuse the IDs.
      try await database.write { try $0.toolCalls.add([calls[0]], round: 2, of: run, in: session, at: start) }
      try await database.write { transaction in
        try transaction.toolCalls.start(Array(ids.prefix(20)), round: 1, of: run, in: session, at: late)
        try transaction.toolCalls.close(
          Array(ids.prefix(17)) + ["\u{E9}"], as: .done, round: 1, of: run, in: session, begun: start, at: late)
      }
      let all = try await database.read { try $0.toolCalls.all(of: run, in: session) }
      #expect(all.map(\.id) == ids + ["c0"])
      let done = all.filter { $0.state == .done }
      #expect(done.count == 18 && done.allSatisfy { $0.endedAt == late && $0.arguments == ["a": "b"] })
      // The recorded start is kept.
      #expect(done.first?.startedAt == late && done.last?.startedAt == start)
      #expect(all.count { $0.state == .started } == 3 && all.last?.state == .asked)
      try await database.write { try $0.toolCalls.interruptOpen(of: run, in: session, at: late) }
      #expect(try await database.read { try $0.toolCalls.open(of: run, in: session) }.isEmpty)
      let after = try await database.read { try $0.toolCalls.all(of: run, in: session) }
      #expect(after.count { $0.state == .done } == 18 && after.count { $0.state == .interrupted } == 25)
    }
  }

  @Test("what is sealed is sealed anew with the next key; what can't be opened stays, and what is over has nothing")
  func reseal() async throws {
    let old = try #require(SealingKey(Array(repeating: 1, count: 32)))
    let new = try #require(SealingKey(Array(repeating: 2, count: 32)))
    try await withStore { store in
      let database = store.tenant(acme)
      let (run, session, late) = (run, session, late)
      func place(_ id: String) -> SealingContext { SealingContext(ofCall: id, round: 1, run: run, in: acme) }
      let calls = try ["a", "b", "over"].map { id in
        call(id, sealed: try SealingKeys(current: old).seal("secret of \(id)", at: place(id)))
      }
      // Sealed for another location, as if it had been moved.
      let moved = call("moved", sealed: calls[0].sealed)
      try await database.write { transaction in
        try transaction.toolCalls.add(calls + [moved, call("plain")], round: 1, of: run, in: session, at: start)
        try transaction.toolCalls.close(["over"], as: .done, round: 1, of: run, in: session, begun: nil, at: late)
      }
      let keys = SealingKeys(current: new, previous: old)
      let (count, last) = try await database.write { transaction -> (Int, Bool) in
        let done = try transaction.toolCalls.reseal(with: keys, after: nil)
        return (done.count, done.last == nil)
      }
      #expect(count == 2 && last)
      let kept = try await database.read { try $0.toolCalls.all(of: run, in: session) }
      for call in kept where ["a", "b"].contains(call.id) {
        let sealed = try #require(call.sealed)
        #expect(try SealingKeys(current: new).open(sealed, at: place(call.id)) == "secret of \(call.id)")
      }
      #expect(kept.first { $0.id == "moved" }?.sealed == moved.sealed)
      #expect(kept.filter { $0.sealed == nil }.map(\.id) == ["over", "plain"])
    }
  }
}
