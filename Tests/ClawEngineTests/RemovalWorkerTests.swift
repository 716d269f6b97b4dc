import ClawCore
import Testing

@testable import ClawEngine
@testable import ClawStore

@Suite("Deleting much", .timeLimit(.minutes(10)))
struct RemovalWorkerTests {
  private static let count = RowRemoval.batch * 2 + 500

  private func pending(_ store: Store) async throws -> [Removal] {
    try await store.node.read { try $0.removals.page(after: nil, limit: 100) }
  }

  private func slots(_ job: JobID, _ store: Store) async throws -> Int {
    try await store.tenant(.standard).read { try $0.cronSlots.latest(of: job, limit: 10_000).count }
  }

  /// A job with many past slots.
  private func oldJob(_ harness: Harness) async throws -> CronJob {
    let job = try await harness.engine.make(.every(milliseconds: 60_000))
    try await harness.store.tenant(.standard).write { transaction in
      for number in 0..<Self.count {
        let slot = Timestamp(milliseconds: job.createdAt.milliseconds - Int64(number + 1))
        _ = try transaction.cronSlots.note(slot, of: job.id, as: .missed, run: nil, at: job.createdAt)
      }
    }
    return job
  }

  /// Adds more messages to a session than one transaction can remove.
  private func fill(_ session: String, sends: Bool = true, _ harness: Harness) async throws -> SessionID {
    if sends { try await harness.send("hello", in: session) }
    let (address, now) = (harness.address(session), harness.engine.parts.time.now)
    return try await harness.store.tenant(.standard).write { transaction in
      let counters = try #require(try transaction.sessions.counters(of: address))
      _ = try transaction.sessions.advance(
        counters.id, by: .init(messages: Self.count, events: 0, isInTranscript: true), at: now)
      let messages = (1...Int64(Self.count)).map { number in
        TranscriptMessage(
          seq: counters.lastMessageSeq + number, id: .generate(at: now), run: nil, createdAt: now,
          body: .user(UserMessage("\(number)")))
      }
      try transaction.messages.add(messages, to: counters.id)
      return counters.id
    }
  }

  private func messages(_ session: SessionID, _ store: Store) async throws -> Int {
    try await store.tenant(.standard).read {
      try $0.messages.latest(of: session, from: 0, limit: 10_000).count
    }
  }

  @Test("a job with many times is gone at once, and the times go in batches")
  func job() async throws {
    try await withEngine(isRunning: false) { harness in
      let job = try await oldJob(harness)
      try await harness.engine.cron.delete(job.id, as: ann)
      #expect(try await harness.engine.cron.jobs(of: nil, includeDisabled: true, as: ann).isEmpty)
      #expect(try await slots(job.id, harness.store) == Self.count - RowRemoval.batch)
      #expect(try await pending(harness.store).map(\.kind) == [.job])
      await harness.engine.removalWorker.removeAll()
      #expect(try await slots(job.id, harness.store) == 0)
      #expect(try await pending(harness.store).isEmpty)
    }
  }

  @Test("a gateway that runs removes the rest by itself")
  func byItself() async throws {
    try await withEngine { harness in
      let job = try await oldJob(harness)
      try await harness.engine.cron.delete(job.id, as: ann)
      await yield { (try? await slots(job.id, harness.store)) == 0 }
      #expect(try await slots(job.id, harness.store) == 0)
    }
  }

  @Test("what a stop leaves of a long session nobody sees; the next start removes it, and what came after stays")
  func restart() async throws {
    let directory = try TestDirectory()
    var old = SessionID(unchecked: "")
    try await withEngine(in: directory, isRunning: false) { harness in
      old = try await fill("main", harness)
      try await harness.engine.delete(Harness.key("main"), user: nil, as: ann)
      #expect(try await harness.history().isEmpty)
      #expect(try await harness.engine.list(SessionQuery(), as: ann).sessions.isEmpty)
      #expect(try await messages(old, harness.store) > 0)
    }
    let left = old
    try await withEngine(in: directory) { harness in
      _ = try await harness.ask("again")
      await yield { (try? await pending(harness.store).isEmpty) == true }
      #expect(try await messages(left, harness.store) == 0)
      #expect(try await harness.history().count == 2)
    }
  }

  @Test("one that can't be removed now holds up no other")
  func broken() async throws {
    let directory = try TestDirectory()
    try await withEngine(in: directory, isRunning: false) { harness in
      let jobs = [try await oldJob(harness), try await oldJob(harness)]
      for job in jobs { try await harness.engine.cron.delete(job.id, as: ann) }
      let connection = try SQLiteConnection(path: directory.path + "/test.db", readOnly: false)
      try connection.execute(
        """
        CREATE TRIGGER broken BEFORE DELETE ON cron_slots WHEN OLD.job_id = '\(jobs[0].id)'
        BEGIN SELECT RAISE(ABORT, 'broken'); END
        """, [])
      await harness.engine.removalWorker.removeAll()
      #expect(try await slots(jobs[1].id, harness.store) == 0)
      #expect(try await slots(jobs[0].id, harness.store) > 0)
      try connection.execute("DROP TRIGGER broken", [])
      await harness.engine.removalWorker.removeAll()
      #expect(try await slots(jobs[0].id, harness.store) == 0)
    }
  }

  @Test("erasing a user that was cut off goes on by itself; until it is done they are in no list")
  func user() async throws {
    let directory = try TestDirectory()
    try await withEngine(in: directory, isRunning: false) { harness in
      let change = UserChange(name: "Ann", role: .operator_, isDisabled: nil)
      _ = try await harness.engine.users.createUser(ann.user, change, as: admin)
      _ = try await fill("main", harness)
      _ = try await oldJob(harness)
      _ = try await harness.store.tenant(.standard).write {
        try $0.erasure.begin(erasing: ann.user, at: TimeSource.system.now)
      }
      let users = harness.engine.users
      #expect(try await users.users(limit: 10, cursor: nil, as: admin).items.isEmpty)
      #expect(await code { _ = try await users.user(ann.user, as: admin) } == .notFound)
      let enabling = UserChange(name: nil, role: nil, isDisabled: false)
      let refused = await code { _ = try await users.updateUser(ann.user, enabling, ifRevision: nil, as: admin) }
      #expect(refused == .notFound)
    }
    try await withEngine(in: directory) { harness in
      await yield { (try? await pending(harness.store).isEmpty) == true }
      #expect(try await harness.history().isEmpty)
      #expect(try await harness.engine.cron.jobs(of: ann.user, includeDisabled: true, as: admin).isEmpty)
      let change = UserChange(name: "Ann", role: .operator_, isDisabled: nil)
      _ = try await harness.engine.users.createUser(ann.user, change, as: admin)
      #expect(try await harness.ask("hello").state == .completed)
    }
  }

  @Test("erasing a tenant that was cut off goes on by itself; until it is done it stays suspended")
  func tenant() async throws {
    let directory = try TestDirectory()
    let acme = TenantID(unchecked: "acme")
    try await withEngine(in: directory, isRunning: false) { harness in
      _ = try await harness.engine.tenants.createTenant(acme, name: "Acme")
      _ = try await harness.engine.tenants.updateTenant(acme, name: nil, status: .suspended, ifRevision: nil)
      _ = try await harness.store.tenant(acme).write { try $0.erasure.beginTenant(at: TimeSource.system.now) }
      let refused = await code {
        _ = try await harness.engine.tenants.updateTenant(acme, name: nil, status: .active, ifRevision: nil)
      }
      #expect(refused == .failedPrecondition)
    }
    try await withEngine(in: directory) { harness in
      await yield { await code { _ = try await harness.engine.tenants.tenant(acme) } == .notFound }
      #expect(try await pending(harness.store).isEmpty)
      _ = try await harness.engine.tenants.createTenant(acme, name: "Acme")
    }
  }

  @Test("erasing a user with long sessions and old jobs leaves nothing behind by the time it is answered")
  func wholeUser() async throws {
    try await withEngine { harness in
      let session = try await fill("main", harness)
      let job = try await oldJob(harness)
      try await harness.engine.users.eraseUser(ann.user, as: admin)
      #expect(try await pending(harness.store).isEmpty)
      #expect(try await messages(session, harness.store) == 0)
      #expect(try await slots(job.id, harness.store) == 0)
    }
  }

  @Test("an ephemeral session that is too long for one transaction goes too")
  func ephemeral() async throws {
    let clock = ManualClock()
    try await withEngine(time: clock.source) { harness in
      let run = try await harness.send("hello", in: "gone") { $0.isEphemeral = true }
      _ = try await harness.engine.outcome(of: run, as: ann)
      let session = try await fill("gone", sends: false, harness)
      clock.advance(by: .seconds(87_000))
      try await harness.engine.sweeper.sweep()
      let address = harness.address("gone")
      #expect(try await harness.store.tenant(.standard).read { try $0.sessions.counters(of: address) } == nil)
      await yield { (try? await pending(harness.store).isEmpty) == true }
      #expect(try await messages(session, harness.store) == 0)
    }
  }
}
