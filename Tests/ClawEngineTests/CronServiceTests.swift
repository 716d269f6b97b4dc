import ClawCore
import ClawStore
import Testing

@testable import ClawEngine

@Suite("Jobs")
struct CronServiceTests {
  @Test("are seen and touched by their user and by admins of the tenant, and by nobody else")
  func owners() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      let job = try await engine.make(.every(milliseconds: 1000))
      #expect(try await engine.cron.jobs(of: nil, includeDisabled: true, as: bob).isEmpty)
      #expect(try await engine.cron.jobs(of: nil, includeDisabled: true, as: stranger).isEmpty)
      #expect(
        await code { _ = try await engine.cron.jobs(of: ann.user, includeDisabled: true, as: bob) } == .forbidden)
      for principal in [bob, stranger] {
        #expect(await code { try await engine.cron.delete(job.id, as: principal) } == .notFound)
        #expect(await code { _ = try await engine.cron.setEnabled(false, of: job.id, as: principal) } == .notFound)
      }
      for principal in [ann, admin] {
        #expect(try await engine.cron.jobs(of: nil, includeDisabled: true, as: principal) == [job])
      }
      #expect(try await engine.cron.jobs(of: bob.user, includeDisabled: true, as: admin).isEmpty)
      let spec = CronJobSpec(name: "x", schedule: .every(milliseconds: 1000), message: "m")
      #expect(await code { _ = try await engine.cron.create(spec, for: ann.user, as: bob) } == .forbidden)
      #expect(try await engine.cron.create(spec, for: bob.user, as: admin).user == bob.user)
      try await engine.cron.delete(job.id, as: admin)
      #expect(await code { try await engine.cron.delete(job.id, as: ann) } == .notFound)
    }
  }

  @Test("keep what they were made with, and come back from the store as they were")
  func kept() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      var spec = CronJobSpec(
        name: "Bericht 📈", schedule: .cron(expression: "0 9 * * mon", zone: "Asia/Kathmandu"), message: "say \"hi\"\n")
      (spec.deliver, spec.channel, spec.to, spec.misfire) = (true, "telegram", "chat-7", .once)
      let job = try await engine.cron.create(spec, for: nil, as: ann)
      #expect(try await engine.job(job) == job)
      #expect(job.spec == spec && job.nextRunAt == Timestamp(milliseconds: 1_700_450_100_000))
      #expect(job.session.rawValue == "agent:default:cron:\(job.id)")
    }
  }

  @Test("run no longer while they are disabled, and by their anchor again afterwards")
  func disabled() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      let job = try await engine.make(.every(milliseconds: 10_000))
      let off = try await engine.cron.setEnabled(false, of: job.id, as: ann)
      #expect(!off.isEnabled && off.nextRunAt == nil)
      nodes.clock.advance(by: .seconds(25))
      await engine.look()
      #expect(try await nodes.messages(of: job).isEmpty)
      #expect(try await engine.cron.jobs(of: nil, includeDisabled: false, as: ann).isEmpty)
      let again = try await engine.cron.setEnabled(true, of: job.id, as: ann)
      #expect(again.nextRunAt == job.createdAt + .seconds(30))
      #expect(try await engine.cron.setEnabled(true, of: job.id, as: ann) == again)
      nodes.clock.advance(by: .seconds(5))
      await engine.look()
      #expect(try await nodes.ledger(of: job) == ["30 accepted"])
    }
  }

  @Test("that are deleted leave the run alone that goes on, and come no more")
  func deleted() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      let job = try await engine.make(.every(milliseconds: 1000))
      nodes.clock.advance(by: .seconds(1))
      await engine.look()
      let run = try #require(try await engine.job(job).lastRun)
      try await engine.cron.delete(job.id, as: ann)
      nodes.clock.advance(by: .seconds(1))
      await engine.look()
      #expect(try await nodes.messages(of: job).count == 1)
      #expect(try await nodes.store.tenant(.standard).read { try $0.runs.run(run) }?.state == .queued)
      #expect(try await nodes.ledger(of: job).isEmpty)
      #expect(try await nodes.store.node.read { try $0.cronDue.next() } == nil)
    }
  }

  @Test("are limited in number; those whose only time has come make room, the oldest first")
  func limited() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine { $0.maxJobsPerUser = 2 }
      let single = try await engine.make(.at(time: nodes.clock.now))
      let lasting = try await engine.make(.every(milliseconds: 1000))
      #expect(await code { _ = try await engine.make(.every(milliseconds: 1000)) } == .resourceExhausted)
      _ = try await engine.make(.every(milliseconds: 1000), as: bob)
      await engine.look()
      let new = try await engine.make(.every(milliseconds: 1000))
      #expect(
        try await engine.cron.jobs(of: nil, includeDisabled: true, as: ann).map(\.id) == [lasting.id, new.id].sorted())
      #expect(try await nodes.messages(of: single).count == 1)
      // A disabled job does not count as finished.
      _ = try await engine.cron.setEnabled(false, of: lasting.id, as: ann)
      #expect(await code { _ = try await engine.make(.every(milliseconds: 1000)) } == .resourceExhausted)
    }
  }

  @Test(
    "that make no sense are refused",
    arguments: [
      (CronJobSpec(name: "", schedule: .every(milliseconds: 1000), message: "m"), ClawError.Code.invalidRequest),
      (CronJobSpec(name: "a\nb", schedule: .every(milliseconds: 1000), message: "m"), .invalidRequest),
      (
        CronJobSpec(name: String(repeating: "n", count: 201), schedule: .every(milliseconds: 1000), message: "m"),
        .invalidRequest
      ),
      (CronJobSpec(name: "a", schedule: .every(milliseconds: 1000), message: " \n"), .invalidRequest),
      (
        CronJobSpec(
          name: "a", schedule: .every(milliseconds: 1000), message: String(repeating: "m", count: 256 * 1024 + 1)),
        .invalidRequest
      ),
      (CronJobSpec(name: "a", schedule: .every(milliseconds: 1000), message: "m", channel: ""), .invalidRequest),
      (CronJobSpec(name: "a", schedule: .every(milliseconds: 1000), message: "m", to: "a\u{0}"), .invalidRequest),
      (CronJobSpec(name: "a", schedule: .cron(expression: "0 0 30 2 *", zone: "UTC"), message: "m"), .invalidRequest),
      (
        CronJobSpec(
          name: "a", agent: AgentKey(unchecked: "nobody"), schedule: .every(milliseconds: 1000), message: "m"),
        .notFound
      ),
    ])
  func refused(spec: CronJobSpec, expected: ClawError.Code) async throws {
    try await Nodes.run { nodes in
      #expect(await code { _ = try await nodes.engine().cron.create(spec, for: nil, as: ann) } == expected)
      let jobs = try await nodes.engine().cron.jobs(of: nil, includeDisabled: true, as: ann)
      #expect(jobs.isEmpty)
    }
  }
}
