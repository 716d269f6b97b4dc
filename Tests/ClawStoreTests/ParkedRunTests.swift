import ClawCore
import Testing

@testable import ClawStore

@Suite("Parked runs in the queue of work", .bothEngines)
struct ParkedRunTests {
  private let node = NodeID(unchecked: "node-1")
  private let late = start + .seconds(3600)

  private func add(_ run: String, to mailbox: String, at position: Int64, _ store: Store) async throws {
    try await store.node.write {
      try $0.queue.add(
        RunID(unchecked: run), of: acme, user: ann, mailbox: SessionID(unchecked: mailbox), position: position,
        lane: .main)
    }
  }

  private func claim(_ store: Store, at now: Timestamp = start) async throws -> [Lease] {
    let (node, until) = (node, now + .seconds(15))
    return try await store.node.write {
      try $0.queue.claim(.main, limit: 100, owner: node, now: now, until: until).leases
    }
  }

  private func park(_ lease: Lease, in mailbox: String, _ store: Store) async throws {
    let late = late
    try await store.node.write { transaction in
      #expect(try transaction.queue.park(lease, until: late))
      try transaction.queue.promote(SessionID(unchecked: mailbox))
    }
  }

  @Test("are passed by those behind them, and take their place again once woken; a mailbox never has two heads")
  func passed() async throws {
    try await withStore { store in
      for (run, position) in [("a1", Int64(1)), ("a2", 2), ("a3", 3)] {
        try await add(run, to: "a", at: position, store)
      }
      let first = try #require(try await claim(store).first)
      try await park(first, in: "a", store)
      // The former owner can neither renew it nor unpark it.
      #expect(try await store.node.write { try $0.queue.renew(first, until: start + .seconds(60)) } == false)
      let second = try #require(try await claim(store).first)
      #expect(second.run.rawValue == "a2")
      let mailbox = SessionID(unchecked: "a")
      #expect(try await store.node.read { try $0.queue.head(of: mailbox, now: start) }?.run == second.run)
      #expect(try await store.node.read { try $0.queue.parked(in: mailbox) } == first.run)
      // Woken while another run of its session is running, it waits only for that one.
      #expect(try await store.node.write { try $0.queue.wake(first.run, in: mailbox) })
      #expect(try await store.node.write { try $0.queue.wake(first.run, in: mailbox) } == false)
      try await store.node.write { try $0.queue.promoteAll() }
      #expect(try await claim(store).isEmpty)
      try await store.node.write { try $0.queue.remove(second) }
      let again = try await claim(store)
      #expect(again.map(\.run) == [first.run] && again.map(\.fence) == [2])
      // A run added to an empty mailbox, or to one whose runs are all parked, is its head.
      try await park(try #require(again.first), in: "a", store)
      #expect(try await claim(store).map(\.run.rawValue) == ["a3"])
      try await store.node.write { try $0.queue.removeAll(of: mailbox) }
      try await add("a4", to: "a", at: 4, store)
      try await park(try #require(try await claim(store).first), in: "a", store)
      try await add("a5", to: "a", at: 5, store)
      #expect(try await claim(store).map(\.run.rawValue) == ["a5"])
    }
  }

  @Test("are neither claimed nor counted as queued, at any time; those whose time has come are found")
  func due() async throws {
    try await withStore { store in
      for number in 0..<30 { try await add("r\(number)", to: "m\(number)", at: 1, store) }
      for lease in try await claim(store) where lease.run.rawValue != "r0" {
        try await park(lease, in: "m" + lease.run.rawValue.dropFirst(), store)
      }
      let (later, late) = (late + .seconds(1), late)
      try await store.node.write { try $0.queue.releaseAll() }
      #expect(try await claim(store, at: later).map(\.run.rawValue) == ["r0"])
      #expect(try await store.node.read { try $0.queue.waiting(now: later) }.isEmpty)
      #expect(try await store.node.read { try $0.queue.claimableLanes(now: later) }.isEmpty)
      #expect(try await store.node.read { try $0.queue.parked() } == [.main: 29])
      #expect(try await store.node.read { try $0.queue.parked(limit: 7) } == [.main: 7])
      #expect(try await store.node.read { try $0.queue.headless(limit: 10) }.isEmpty)
      #expect(try await store.node.read { try $0.queue.dueParked(.main, now: start, limit: 10) }.isEmpty)
      #expect(try await store.node.read { try $0.queue.dueParked(.main, now: late, limit: 10) }.count == 10)
      #expect(try await store.node.read { try $0.queue.dueParked(.cron, now: late, limit: 10) }.isEmpty)
    }
  }
}
