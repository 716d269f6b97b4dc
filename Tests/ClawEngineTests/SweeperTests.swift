import ClawCore
import Testing

@testable import ClawEngine
@testable import ClawStore

@Suite("Tidying up", .timeLimit(.minutes(5)))
struct SweeperTests {
  private struct Broken: Error {}

  private func duty(_ node: String, _ store: Store, _ clock: ManualClock, isShared: Bool = true) -> LeasedTask {
    LeasedTask(
      name: .sweep, store: store, node: NodeID(unchecked: node), time: clock.source, lease: .seconds(15),
      isShared: isShared)
  }

  @Test("one node does it at a time, and the others not again before the pause is over")
  func oneNode() async throws {
    try await Nodes.run { nodes in
      let (done, clock) = (Locked<[String]>([]), nodes.clock)
      let (one, two) = (duty("one", nodes.store, clock), duty("two", nodes.store, clock))
      try await one.perform(every: .seconds(600)) {
        done.withLock { $0.append("one") }
        // While it is running.
        try await two.perform(every: .seconds(600)) { done.withLock { $0.append("two") } }
      }
      clock.advance(by: .seconds(500))
      try await two.perform(every: .seconds(600)) { done.withLock { $0.append("two") } }
      #expect(done.value == ["one"])
      clock.advance(by: .seconds(101))
      try await two.perform(every: .seconds(600)) { done.withLock { $0.append("two") } }
      #expect(done.value == ["one", "two"])
    }
  }

  @Test("what failed another node may do at once; a process that is alone asks for no lease")
  func failed() async throws {
    try await Nodes.run { nodes in
      let (done, clock) = (Locked<[String]>([]), nodes.clock)
      await #expect(throws: Broken.self) {
        try await duty("one", nodes.store, clock).perform(every: .seconds(600)) { throw Broken() }
      }
      for _ in 1...2 {
        try await duty("two", nodes.store, clock).perform(every: .seconds(600)) { done.withLock { $0.append("two") } }
        try await duty("alone", nodes.store, clock, isShared: false).perform(every: .seconds(600)) {
          done.withLock { $0.append("alone") }
        }
      }
      #expect(done.value == ["two", "alone", "two", "alone"])
    }
  }

  @Test("a tenant that is slow and one that is broken hold up no other")
  func tenants() async throws {
    try await Nodes.run { nodes in
      let names = ["a", "b", "c", "d", "e", "f"]
      try await nodes.store.node.write { node in
        for name in names { try node.state.addTenant(TenantID(unchecked: name), at: .init(milliseconds: 1)) }
      }
      let (done, failed) = (Inbox<String>(), Locked<[String]>([]))
      let (gate, opener) = AsyncStream.makeStream(of: Void.self)
      try await nodes.store.eachTenant { tenant, _ in
        failed.withLock { $0.append(tenant.rawValue) }
      } _: { tenant in
        if tenant.rawValue == "b" { throw Broken() }
        if tenant.rawValue == "a" {
          for await _ in gate {}
        }
        done.put(tenant.rawValue)
        // The slow one ends last.
        if done.all.count == names.count - 1 { opener.finish() }
      }
      #expect(failed.value == ["b"])
      #expect(Set(done.all) == ["a", "c", "d", "e", "f", "default"])
      #expect(done.all.last == "a")
    }
  }

  @Test("a sweep and the expiry of pairings go on beyond a tenant whose rows can't be removed")
  func brokenTenant() async throws {
    let directory = try TestDirectory()
    let clock = ManualClock()
    try await withEngine(in: directory, time: clock.source, isRunning: false) { harness in
      let tenants = ["aaa", "zzz"].map { TenantID(unchecked: $0) }
      for tenant in tenants {
        _ = try await harness.engine.tenants.createTenant(tenant, name: "x")
        try await harness.store.tenant(tenant).write { transaction in
          _ = try transaction.idempotency.claim(
            "k", of: ann.user, fingerprint: "", run: RunID(unchecked: "r"), since: clock.now, at: clock.now)
        }
        _ = try await harness.engine.pairing.begin(
          PairingApplication(tenant: tenant, device: .generate(at: clock.now), user: nil, remote: "127.0.0.1"))
      }
      let connection = try SQLiteConnection(path: directory.path + "/test.db", readOnly: false)
      for table in ["idempotency_keys", "pairing_requests"] {
        try connection.execute(
          """
          CREATE TRIGGER broken_\(table) BEFORE DELETE ON \(table) WHEN OLD.tenant_id = 'aaa'
          BEGIN SELECT RAISE(ABORT, 'broken'); END
          """, [])
      }
      clock.advance(by: .seconds(1_000_000))
      try await harness.engine.sweeper.sweep()
      try await harness.engine.pairing.removeExpired()
      let later = clock.now + .seconds(1)
      for tenant in tenants {
        let isLeft = try await harness.store.tenant(tenant).read { try $0.idempotency.hasAny(before: later) }
        #expect(isLeft == (tenant.rawValue == "aaa"))
        let requests = try await harness.store.tenant(tenant).read {
          try $0.pairingRequests.expired(at: later, limit: 10).count
        }
        #expect(requests == (tenant.rawValue == "aaa" ? 1 : 0))
      }
    }
  }

  @Test("a session whose mailbox lost its head is answered again after the next round")
  func lostHead() async throws {
    let directory = try TestDirectory()
    try await withEngine(in: directory, isRunning: false) { harness in
      let run = try await harness.send("hello")
      let connection = try SQLiteConnection(path: directory.path + "/test.db", readOnly: false)
      try connection.execute("UPDATE work_queue SET is_head = 0", [])
      let now = TimeSource.system.now
      func claimable() async throws -> Bool {
        try await !harness.store.node.read { try $0.queue.claimableLanes(now: now) }.isEmpty
      }
      #expect(try await !claimable())
      try await harness.engine.sweeper.sweep()
      #expect(try await claimable())
      _ = run
    }
  }

  @Test(
    "a clock that is set back holds up neither what waits nor what is sent later", arguments: [-3600, 3600] as [Int64])
  func clockMoved(seconds: Int64) async throws {
    let clock = ManualClock()
    let directory = try TestDirectory()
    try await withEngine(in: directory, time: clock.source, isRunning: false) { harness in
      _ = try await harness.send("one")
      _ = try await harness.send("two")
    }
    clock.advance(by: .seconds(seconds))
    try await withEngine(in: directory, time: clock.source) { harness in
      let third = try await harness.ask("three")
      #expect(third.state == .completed)
      #expect(try await harness.history().count == 6)
      clock.advance(by: .seconds(-seconds))
      #expect(try await harness.ask("four").state == .completed)
    }
  }
}
