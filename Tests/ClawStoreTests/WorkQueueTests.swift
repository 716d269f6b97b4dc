import ClawCore
import Testing

@testable import ClawStore

@Suite("The queue of work", .bothEngines)
struct WorkQueueTests {
  private let node = NodeID(unchecked: "node-1")
  private let late = start + .seconds(60)

  private func add(
    _ run: String, to mailbox: String, at position: Int64, lane: Lane = .main, due: Timestamp? = nil,
    of tenant: TenantID = acme, user: String = "ann", _ store: Store
  ) async throws {
    try await store.node.write {
      try $0.queue.add(
        RunID(unchecked: run), of: tenant, user: UserID(unchecked: user), mailbox: SessionID(unchecked: mailbox),
        position: position, lane: lane, due: due)
    }
  }

  private func claim(
    _ store: Store, lane: Lane = .main, limit: Int = 100, at now: Timestamp = start
  ) async throws -> [Lease] {
    let (node, until) = (node, now + .seconds(15))
    return try await store.node.write {
      try $0.queue.claim(lane, limit: limit, owner: node, now: now, until: until).leases
    }
  }

  private func names(_ leases: [Lease]) -> [String] { leases.map(\.run.rawValue).sorted() }

  @Test("L11: gives out the first of each session alone, and the next one only once that is gone")
  func heads() async throws {
    try await withStore { store in
      try await add("a1", to: "a", at: 3, store)
      try await add("a2", to: "a", at: 7, store)
      try await add("b1", to: "b", at: 1, store)
      try await add("a3", to: "a", at: 9, store)
      let first = try await claim(store)
      #expect(names(first) == ["a1", "b1"])
      #expect(try await claim(store).isEmpty)
      let a1 = try #require(first.first { $0.run.rawValue == "a1" })
      #expect(try await removes(a1, store))
      #expect(names(try await claim(store)) == ["a2"])
      #expect(try await claim(store).isEmpty)
    }
  }

  @Test("of several runs that are added together to a mailbox the first alone is its head, until that is gone")
  func addedTogether() async throws {
    try await withStore { store in
      for (mailbox, hasHead) in [("e", false), ("b", true)] {
        if hasHead { try await add("\(mailbox)0", to: mailbox, at: 0, store) }
        // As one transaction queues the unread messages of a run.
        try await store.node.write { transaction in
          for number in 1...3 {
            try transaction.queue.add(
              RunID(unchecked: "\(mailbox)\(number)"), of: acme, user: ann, mailbox: SessionID(unchecked: mailbox),
              position: Int64(number), lane: .main, isBehind: number > 1)
          }
        }
        for number in (hasHead ? 0 : 1)...3 {
          let claimed = try await claim(store)
          #expect(names(claimed) == ["\(mailbox)\(number)"])
          for lease in claimed { #expect(try await removes(lease, store)) }
        }
        #expect(try await claim(store).isEmpty)
      }
    }
  }

  @Test("L12: the fence grows with each owner, and the earlier one can neither renew, remove nor release")
  func fences() async throws {
    try await withStore { store in
      try await add("a1", to: "a", at: 1, store)
      let first = try #require(try await claim(store).first)
      #expect(first.fence == 1)
      #expect(try await claim(store, at: start + .seconds(10)).isEmpty)
      let second = try #require(try await claim(store, at: late).first)
      #expect(second.fence == 2 && second.run == first.run && second.tenant == acme)
      let until = late + .seconds(60)
      #expect(try await store.node.write { try $0.queue.renew(first, until: until) } == false)
      #expect(try await !removes(first, store))
      try await store.node.write { try $0.queue.release(first) }
      #expect(try await claim(store, at: late).isEmpty)
      #expect(try await store.node.write { try $0.queue.renew(second, until: until) })
      #expect(try await claim(store, at: until).isEmpty)
      #expect(try await removes(second, store))
      #expect(try await store.node.write { try $0.queue.renew(second, until: until) } == false)
      #expect(try await !removes(second, store))
    }
  }

  @Test("L12: a run is its owner's up to the last millisecond of its lease")
  func expiry() async throws {
    try await withStore { store in
      try await add("a1", to: "a", at: 1, store)
      _ = try await claim(store)
      #expect(try await claim(store, at: start + .seconds(15)).isEmpty)
      #expect(names(try await claim(store, at: start + .milliseconds(15_001))) == ["a1"])
    }
  }

  @Test("takes back what is released, at once, with a new fence")
  func release() async throws {
    try await withStore { store in
      try await add("a1", to: "a", at: 1, store)
      try await add("a2", to: "a", at: 2, store)
      let lease = try #require(try await claim(store).first)
      try await store.node.write { try $0.queue.release(lease) }
      let again = try await claim(store)
      #expect(again == [Lease(tenant: acme, run: RunID(unchecked: "a1"), fence: 2)])
      try await store.node.write { try $0.queue.releaseAll() }
      #expect(try await claim(store).first?.fence == 3)
    }
  }

  @Test("L13: gives out at most what there is room for, lane by lane, and what waited longest first")
  func limits() async throws {
    try await withStore { store in
      for index in 0..<10 {
        try await add("m\(index)", to: "m\(index)", at: 1, due: start + .milliseconds(Int64(index)), store)
        try await add("c\(index)", to: "c\(index)", at: 1, lane: .cron, store)
      }
      let now = start + .seconds(1)
      #expect(names(try await claim(store, limit: 3, at: now)) == ["m0", "m1", "m2"])
      #expect(names(try await claim(store, limit: 3, at: now)) == ["m3", "m4", "m5"])
      #expect(try await claim(store, lane: .subagent, at: now).isEmpty)
      #expect(try await claim(store, lane: .cron, at: now).count == 10)
      let waiting = try await store.node.read { try $0.queue.waiting(now: now) }
      #expect(waiting == [.main: 4])
    }
  }

  /// Claims runs one by one; returns their users, in order.
  private func turns(_ count: Int, limit: Int = 1, _ store: Store) async throws -> [String] {
    let (node, until) = (node, start + .seconds(15))
    var (turns, names) = (ClaimTurns(), [String]())
    for _ in 0..<count {
      let before = turns
      let claimed = try await store.node.write {
        try $0.queue.claim(.main, limit: limit, owner: node, now: start, until: until, turns: before)
      }
      turns = claimed.turns
      names.append(claimed.leases.map { String($0.run.rawValue.prefix(2)) }.sorted().joined(separator: " "))
    }
    return names
  }

  @Test("tenants take turns, then the users of a tenant, and whoever has runs alone gets all the places")
  func fairness() async throws {
    try await withStore { store in
      for index in 0..<12 { try await add("ax\(index)", to: "ax\(index)", at: 1, user: "x", store) }
      for index in 0..<2 { try await add("ay\(index)", to: "ay\(index)", at: 1, user: "y", store) }
      for index in 0..<4 { try await add("bx\(index)", to: "bx\(index)", at: 1, of: other, user: "x", store) }
      let order = try await turns(10, store)
      // One of each tenant in turn, until one has no more.
      #expect(order.map { $0.prefix(1) }.joined() == "ababababaa")
      // Of the first tenant, one of each user in turn, until one has no more.
      let first = order.filter { $0.hasPrefix("a") }
      #expect(first.prefix(4).count { $0 == "ay" } == 2 && first[0] != first[1] && first[2] != first[3])
      #expect(try await turns(2, limit: 3, store) == ["ax ax ax", "ax ax ax"])
      #expect(try await turns(2, limit: 5, store) == ["ax ax", ""])
    }
  }

  @Test("many places at once are divided evenly, and what one does not need goes to the others")
  func shares() async throws {
    try await withStore { store in
      for index in 0..<20 { try await add("ax\(index)", to: "ax\(index)", at: 1, user: "x", store) }
      for index in 0..<20 { try await add("ay\(index)", to: "ay\(index)", at: 1, user: "y", store) }
      for index in 0..<2 { try await add("bx\(index)", to: "bx\(index)", at: 1, of: other, user: "x", store) }
      let names = try await turns(1, limit: 12, store)[0].split(separator: " ")
      #expect(names.count == 12 && names.count { $0 == "bx" } == 2)
      #expect(abs(names.count { $0 == "ax" } - names.count { $0 == "ay" }) <= 1)
    }
  }

  @Test("does not give out what is not due")
  func due() async throws {
    try await withStore { store in
      try await add("a1", to: "a", at: 1, due: late, store)
      #expect(try await claim(store).isEmpty)
      #expect(try await claim(store, at: late).count == 1)
    }
  }

  @Test("a run in another lane holds up the later ones of its session all the same")
  func mixedLanes() async throws {
    try await withStore { store in
      try await add("a1", to: "a", at: 1, lane: .cron, store)
      try await add("a2", to: "a", at: 2, store)
      #expect(try await claim(store).isEmpty)
      let first = try #require(try await claim(store, lane: .cron).first)
      #expect(try await removes(first, store))
      #expect(names(try await claim(store)) == ["a2"])
    }
  }

  @Test("many nodes that claim at once never get the same run")
  func concurrent() async throws {
    try await withStore { store in
      for index in 0..<100 { try await add("r\(index)", to: "s\(index % 50)", at: Int64(index), store) }
      let claimed = try await withThrowingTaskGroup(of: [Lease].self) { group in
        for _ in 0..<20 { group.addTask { try await claim(store, limit: 7) } }
        return try await group.reduce(into: []) { $0 += $1 }
      }
      #expect(claimed.count == 50)
      #expect(Set(claimed.map(\.run)).count == 50)
    }
  }

  @Test("what waits can be taken out, what runs cannot, unless its session goes as a whole")
  func removal() async throws {
    try await withStore { store in
      try await add("a1", to: "a", at: 1, store)
      try await add("a2", to: "a", at: 2, store)
      try await add("b1", to: "b", at: 1, store)
      let lease = try #require(try await claim(store, limit: 1).first)
      #expect(lease.run.rawValue == "a1")
      let head = try await store.node.read { try $0.queue.head(of: SessionID(unchecked: "a"), now: start) }
      #expect(head?.run == lease.run && head?.isRunning == true)
      #expect(try await store.node.write { try $0.queue.removeUnowned(lease.run, now: start) } == false)
      #expect(try await store.node.write { try $0.queue.removeUnowned(RunID(unchecked: "a2"), now: start) })
      #expect(try await store.node.write { try $0.queue.removeUnowned(RunID(unchecked: "a2"), now: start) } == false)
      try await store.node.write { try $0.queue.removeAll(of: SessionID(unchecked: "a")) }
      #expect(try await store.node.write { try $0.queue.renew(lease, until: late) } == false)
      #expect(names(try await claim(store)) == ["b1"])
    }
  }

  private struct Lost: Error {}

  private func removes(_ lease: Lease, _ store: Store) async throws -> Bool {
    do {
      try await store.node.write { transaction in
        let mailbox = SessionID(unchecked: String(lease.run.rawValue.prefix(1)))
        try transaction.queue.remove(lease, orThrow: Lost())
        try transaction.queue.promote(mailbox)
      }
      return true
    } catch is Lost {
      return false
    }
  }
}
