import ClawCore
import Testing

@testable import ClawStore

@Suite("Work that one node does for all", .bothEngines, .timeLimit(.minutes(5)))
struct NodeLeaseTests {
  private let one = NodeID(unchecked: "one")
  private let two = NodeID(unchecked: "two")

  @Test("is one node's until its lease ends or is given back, by name")
  func leases() async throws {
    try await withStore { store in
      func take(_ name: String, by node: NodeID, after seconds: Int64) async throws -> Bool {
        let now = start + .seconds(seconds)
        return try await store.node.write {
          try $0.leases.take(name, by: node, now: now, until: now + .seconds(10), latest: now + .seconds(100))
        }
      }
      #expect(try await take("a", by: one, after: 0))
      #expect(try await !take("a", by: two, after: 10))
      #expect(try await take("b", by: two, after: 0))
      // Renewed in time, it stays valid.
      #expect(try await take("a", by: one, after: 8))
      #expect(try await !take("a", by: two, after: 18))
      #expect(try await take("a", by: two, after: 19))
      #expect(try await !take("a", by: one, after: 20))
      // The former holder can't release it.
      try await store.node.write { try $0.leases.release("a", by: one) }
      #expect(try await !take("a", by: one, after: 20))
      try await store.node.write { try $0.leases.release("a", by: two) }
      #expect(try await take("a", by: one, after: 20))
      // A lease of a clock that is a day ahead blocks nobody.
      #expect(try await take("a", by: two, after: 86_400))
      #expect(try await take("a", by: one, after: 21))
    }
  }

  @Test("of two nodes that ask at the same time one gets it")
  func contest() async throws {
    try await withStore { store in
      let nodes = (0..<8).map { NodeID(unchecked: "node-\($0)") }
      let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
        for node in nodes {
          group.addTask {
            let end = start + .seconds(10)
            return try await store.node.write {
              try $0.leases.take("a", by: node, now: start, until: end, latest: end)
            }
          }
        }
        return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(winners == 1)
    }
  }

  @Test("a mailbox that lost its head is found, and one that has it is not; counting stops at its limit")
  func headless() async throws {
    try await withStore { store in
      for (number, mailbox) in ["a", "a", "a", "b", "b"].enumerated() {
        try await store.node.write { node in
          try node.queue.add(
            RunID(unchecked: "run-\(number)"), of: acme, user: ann, mailbox: SessionID(unchecked: mailbox),
            position: Int64(number), lane: .main)
        }
      }
      #expect(try await store.node.read { try $0.queue.headless(limit: 10) }.isEmpty)
      #expect(try await store.node.read { try $0.queue.waiting(now: start) } == [.main: 5])
      #expect(try await store.node.read { try $0.queue.waiting(now: start, limit: 4) } == [.main: 4])
      _ = try await store.database.write(as: .node) { connection in
        try connection.execute("UPDATE work_queue SET is_head = 0 WHERE mailbox = 'a'", [])
      }
      let found = try await store.node.read { try $0.queue.headless(limit: 10) }
      #expect(found.map(\.tenant) == [acme] && found.map(\.mailbox.rawValue) == ["a"])
      try await store.tenant(acme).write { try $0.queue.promote(SessionID(unchecked: "a")) }
      #expect(try await store.node.read { try $0.queue.headless(limit: 10) }.isEmpty)
    }
  }
}
