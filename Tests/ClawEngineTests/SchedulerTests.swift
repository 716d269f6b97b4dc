import ClawCore
import ClawStore
import Synchronization
import Testing

@testable import ClawEngine

@Suite("The scheduler")
struct SchedulerTests {
  @Test("L29: many nodes that look at once start each time of each job once")
  func manyNodes() async throws {
    try await Nodes.run { nodes in
      let engines = (0..<4).map { _ in nodes.engine() }
      var jobs: [CronJob] = []
      for index in 0..<30 {
        jobs.append(try await engines[0].make(.every(milliseconds: 5000), name: "job \(index)"))
      }
      for round in 1...3 {
        nodes.clock.advance(by: .seconds(5))
        await withTaskGroup(of: Void.self) { group in
          for engine in engines { group.addTask { await engine.look() } }
        }
        for job in jobs {
          #expect(try await nodes.messages(of: job).count == round)
          try await nodes.finishRun(of: job, by: engines[1])
        }
      }
      for job in jobs {
        #expect(try await nodes.ledger(of: job) == ["15 accepted", "10 accepted", "5 accepted"])
      }
    }
  }

  @Test("where many jobs are due at one moment, all have begun before the first is worked on")
  func begunTogether() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine { $0.maxJobsPerUser = 1000 }
      // More than one claim returns.
      for index in 0..<250 { _ = try await engine.make(.every(milliseconds: 5000), name: "job \(index)") }
      nodes.clock.advance(by: .seconds(5))
      let begun = Mutex(0)
      let worked = Mutex<[Int]>([])
      let starter = CronRunStarter(
        owner: engine.node, reserve: { _ in RunControl() }, began: { _ in begun.withLock { $0 += 1 } },
        begin: { _, _ in
          let count = begun.withLock { $0 }
          worked.withLock { $0.append(count) }
        }, forget: { _ in Issue.record("a place was given back") })
      _ = await Scheduler(
        engine: engine.parts, wake: engine.wake, jobsChanged: engine.jobsChanged, watch: engine.cronWatch,
        starter: starter, longestHold: .seconds(3600), mayStart: { true }
      ).startDue()
      #expect(worked.withLock { $0 } == Array(repeating: 250, count: 250))
    }
  }

  @Test("L29: an interval does not drift and does not flood: late by several times, it runs once, at its next anchor")
  func noDrift() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      let job = try await engine.make(.every(milliseconds: 10_000))
      #expect(job.nextRunAt == job.createdAt + .seconds(10))
      nodes.clock.advance(by: .milliseconds(43_217))
      await engine.look()
      await engine.look()
      let after = try await engine.job(job)
      #expect(after.nextRunAt == job.createdAt + .seconds(50))
      #expect(after.lastRunAt == nodes.clock.now)
      #expect(try await nodes.ledger(of: job) == ["10 accepted"])
      #expect(try await nodes.messages(of: job) == ["do it"])
    }
  }

  @Test("L29: after downtime a job that skips notes the time as missed, one that makes up runs once")
  func misfire() async throws {
    try await Nodes.run { nodes in
      let before = nodes.engine()
      let skips = try await before.make(.every(milliseconds: 60_000))
      let makesUp = try await before.make(.every(milliseconds: 60_000), misfire: .once)
      nodes.clock.advance(by: .seconds(3_600 + 30))
      let after = nodes.engine()
      await after.look()
      await after.look()
      #expect(try await nodes.ledger(of: skips) == ["60 missed"])
      #expect(try await nodes.ledger(of: makesUp) == ["60 accepted"])
      let skipped = try await after.job(skips)
      #expect(skipped.lastStatus == .missed && skipped.lastRunAt == nil && skipped.isEnabled)
      #expect(skipped.lastError?.contains("2023-11-14T22:14:20") == true)
      #expect(skipped.nextRunAt == skips.createdAt + .seconds(3_660))
      #expect(try await after.job(makesUp).nextRunAt == makesUp.createdAt + .seconds(3_660))
      nodes.clock.advance(by: .seconds(30))
      await after.look()
      #expect(try await nodes.ledger(of: skips) == ["3660 accepted", "60 missed"])
      #expect(try await after.job(skips).lastStatus == .queued)
    }
  }

  @Test("a short restart is no downtime: a time that is late by less than the grace runs")
  func grace() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine { $0.misfireGrace = .seconds(20) }
      let soon = try await engine.make(.every(milliseconds: 3_600_000))
      let late = try await engine.make(.at(time: nodes.clock.now + .milliseconds(3_599_999)))
      nodes.clock.advance(by: .seconds(3_620))
      await engine.look()
      #expect(try await nodes.ledger(of: soon) == ["3600 accepted"])
      #expect(try await nodes.ledger(of: late) == ["3599 missed"])
      #expect(try await engine.job(late).isEnabled == false)
    }
  }

  @Test("a single moment comes once, then the job is disabled and can't be enabled again")
  func single() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      let job = try await engine.make(.at(time: nodes.clock.now + .seconds(30)))
      await engine.look()
      #expect(try await nodes.messages(of: job).isEmpty)
      nodes.clock.advance(by: .seconds(30))
      await engine.look()
      nodes.clock.advance(by: .seconds(30))
      await engine.look()
      let done = try await engine.job(job)
      #expect(!done.isEnabled && done.nextRunAt == nil && done.lastStatus == .queued)
      #expect(try await nodes.messages(of: job) == ["do it"])
      #expect(await code { _ = try await engine.cron.setEnabled(true, of: job.id, as: ann) } == .failedPrecondition)
      // A time just past is accepted, one long past is rejected.
      let now = nodes.clock.now
      let justOver = try await engine.make(.at(time: Timestamp(milliseconds: now.milliseconds - 5_000)))
      await engine.look()
      #expect(try await nodes.messages(of: justOver).count == 1)
      let longOver = Schedule.at(time: Timestamp(milliseconds: now.milliseconds - 61_000))
      #expect(await code { _ = try await engine.make(longOver) } == .invalidRequest)
    }
  }

  @Test("L29: a clock that is set back brings no time a second time, not even of a job that was enabled again")
  func setBack() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      let job = try await engine.make(.every(milliseconds: 10_000))
      nodes.clock.advance(by: .seconds(10))
      await engine.look()
      try await nodes.finishRun(of: job, by: engine)
      nodes.clock.advance(by: .seconds(-8))
      await engine.look()
      _ = try await engine.cron.setEnabled(false, of: job.id, as: ann)
      #expect(try await engine.cron.setEnabled(true, of: job.id, as: ann).nextRunAt == job.createdAt + .seconds(10))
      nodes.clock.advance(by: .seconds(8))
      await engine.look()
      #expect(try await nodes.messages(of: job).count == 1)
      #expect(try await engine.job(job).nextRunAt == job.createdAt + .seconds(20))
      nodes.clock.advance(by: .seconds(10))
      await engine.look()
      #expect(try await nodes.messages(of: job).count == 2)
    }
  }

  @Test("L29: times that come while the run before goes on are not saved up")
  func overlap() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      let job = try await engine.make(.every(milliseconds: 10_000))
      for _ in 0..<3 {
        nodes.clock.advance(by: .seconds(10))
        await engine.look()
      }
      #expect(try await nodes.ledger(of: job) == ["30 overlapped", "20 overlapped", "10 accepted"])
      #expect(try await nodes.messages(of: job).count == 1)
      try await nodes.finishRun(of: job, by: engine)
      #expect(try await engine.job(job).lastStatus == .aborted)
      nodes.clock.advance(by: .seconds(10))
      await engine.look()
      #expect(try await nodes.ledger(of: job).first == "40 accepted")
    }
  }

  @Test("a run that waits, for an approval say, holds up no later time of its job")
  func waiting() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      let job = try await engine.make(.every(milliseconds: 10_000))
      nodes.clock.advance(by: .seconds(10))
      await engine.look()
      let (run, now) = (try #require(try await engine.job(job).lastRun), nodes.clock.now)
      let isParked = try await nodes.store.tenant(.standard).write { transaction in
        _ = try transaction.runs.start(run, at: now)
        return try transaction.runs.park(run)
      }
      #expect(isParked)
      #expect(try await engine.job(job).lastStatus == .waiting)
      nodes.clock.advance(by: .seconds(10))
      await engine.look()
      #expect(try await nodes.ledger(of: job) == ["20 accepted", "10 accepted"])
    }
  }

  @Test("a time that can't be run is noted with the reason, and the job goes on")
  func refused() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine {
        $0.rateLimitPerMinute = 1
        $0.rateLimitBurst = 1
      }
      let first = try await engine.make(.every(milliseconds: 1000))
      let second = try await engine.make(.every(milliseconds: 1000))
      nodes.clock.advance(by: .seconds(1))
      await engine.look()
      let outcomes = [try await nodes.ledger(of: first), try await nodes.ledger(of: second)]
      #expect(Set(outcomes) == [["1 accepted"], ["1 refused"]])
      let refused = try await engine.job(outcomes[0] == ["1 refused"] ? first : second)
      #expect(refused.lastStatus == .failed && refused.lastError?.contains("too many") == true)
      #expect(refused.isEnabled && refused.nextRunAt == first.createdAt + .seconds(2))
    }
  }

  @Test("a job whose zone the system no longer has is disabled with the reason, and holds up no other")
  func lostZone() async throws {
    try await Nodes.run { nodes in
      let zoned = try await nodes.engine().make(.cron(expression: "* * * * *", zone: "Europe/Paris"))
      let other = try await nodes.engine().make(.every(milliseconds: 60_000))
      nodes.clock.advance(by: .seconds(60))
      let engine = nodes.engine(zones: ZoneFileLibrary(folders: ["/nowhere/at/all"]))
      await engine.look()
      let disabled = try await engine.job(zoned)
      #expect(!disabled.isEnabled && disabled.lastStatus == .failed)
      #expect(disabled.lastError?.contains("tzdata") == true)
      #expect(try await nodes.messages(of: other).count == 1)
      #expect(try await nodes.engine().cron.setEnabled(true, of: zoned.id, as: ann).isEnabled)
    }
  }

  @Test("looking starts all that is due, however much that is, and nothing while the node drains")
  func many() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine { $0.maxJobsPerUser = 1000 }
      for index in 0..<450 { _ = try await engine.make(.every(milliseconds: 1000), name: "job \(index)") }
      nodes.clock.advance(by: .seconds(1))
      let draining = nodes.engine()
      draining.stopAccepting()
      await draining.look()
      #expect(try await nodes.store.node.read { try $0.queue.waiting(now: nodes.clock.now) }.isEmpty)
      await engine.look()
      #expect(try await nodes.store.node.read { try $0.queue.waiting(now: nodes.clock.now) } == [.cron: 450])
    }
  }

  @Test("no time is called missed that came while this process looked, however long it takes to decide them all")
  func slowDecisions() async throws {
    try await Nodes.run { nodes in
      let maker = nodes.engine { $0.maxJobsPerUser = 1000 }
      let due = nodes.clock.now + .seconds(10)
      var jobs: [CronJob] = []
      for index in 0..<450 { jobs.append(try await maker.make(.at(time: due), name: "job \(index)")) }
      // The clock advances with every reading: in total, many times the grace period.
      let clock = nodes.clock
      let engine = nodes.engine(
        time: TimeSource {
          clock.advance(by: .milliseconds(20))
          return clock.now
        }, change: { $0.misfireGrace = .seconds(3) })
      await engine.look()
      clock.advance(by: .seconds(10))
      // This job is added in the middle.
      let late = try await maker.make(.at(time: clock.now + .seconds(2)), name: "late")
      await engine.look()
      await engine.look()
      #expect(clock.now - due > .seconds(6))
      for job in jobs + [late] {
        #expect(
          try await nodes.store.tenant(.standard).read { try $0.cronSlots.latest(of: job.id, limit: 2) }
            .map(\.outcome) == [.accepted])
      }
      // A late node misses the time.
      let missed = try await maker.make(.at(time: clock.now + .seconds(1)))
      clock.advance(by: .seconds(60))
      await engine.look()
      #expect(try await engine.job(missed).lastStatus == .missed)
    }
  }

  @Test("L29: reading writes nothing, and the ledger is kept for its time")
  func readsAndSweeps() async throws {
    try await Nodes.run { nodes in
      let engine = nodes.engine()
      let job = try await engine.make(.every(milliseconds: 60_000))
      nodes.clock.advance(by: .seconds(60))
      for _ in 0..<3 { #expect(try await engine.job(job) == job) }
      await engine.look()
      try await engine.sweeper.sweep()
      #expect(try await nodes.ledger(of: job) == ["60 accepted"])
      nodes.clock.advance(by: engine.parts.configuration.slotRetention + .seconds(1))
      try await engine.sweeper.sweep()
      #expect(try await nodes.ledger(of: job).isEmpty)
    }
  }
}
