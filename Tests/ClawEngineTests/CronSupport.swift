import ClawCore
import ClawStore
import Logging
import Testing

@testable import ClawEngine

/// One store with any number of nodes.
struct Nodes: Sendable {
  let store: Store
  let clock: ManualClock

  /// Runs `body` with a new store that has a tenant and an agent.
  static func run(_ body: @Sendable (Nodes) async throws -> Void) async throws {
    let folder = try TestDirectory()
    let nodes = Nodes(
      store: try await .openSQLite(SQLiteConfiguration(path: folder.path + "/test.db")), clock: ManualClock())
    do {
      try await nodes.engine().prepare()
      try await body(nodes)
      await nodes.store.close()
    } catch {
      await nodes.store.close()
      throw error
    }
  }

  func engine(
    zones: ZoneFileLibrary = .system, time: TimeSource? = nil, change: (inout EngineConfiguration) -> Void = { _ in }
  ) -> Engine {
    var configuration = EngineConfiguration(workspaces: "/tmp")
    change(&configuration)
    return Engine(
      store: store, models: FakeModels.echo, tools: FixedTools([]), configuration: configuration,
      time: time ?? clock.source,
      zones: zones,
      logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
  }

  /// The latest ledger rows of a job, newest first: seconds since the job's creation, and the outcome.
  func ledger(of job: CronJob) async throws -> [String] {
    let rows = try await store.tenant(.standard).read { try $0.cronSlots.latest(of: job.id, limit: 100) }
    return rows.map { "\((($0.slot - job.createdAt).milliseconds) / 1000) \($0.outcome.rawValue)" }
  }

  /// The messages that a job has sent so far.
  func messages(of job: CronJob) async throws -> [String] {
    let address = SessionAddress(tenant: .standard, user: job.user, key: job.session)
    return try await store.tenant(.standard).read { transaction in
      guard let counters = try transaction.sessions.counters(of: address) else { return [] }
      return try transaction.messages.page(of: counters.id, before: .max, limit: 500).compactMap { message in
        if case .user(let said) = message.body { return said.text }
        return nil
      }
    }
  }

  /// Ends the run of a job.
  func finishRun(of job: CronJob, by engine: Engine) async throws {
    let run = try #require(try await engine.job(job).lastRun)
    _ = try await engine.abort(.run(run), as: ann)
  }
}

extension Engine {
  /// Runs the scheduler once.
  func look() async {
    _ = await Scheduler(
      engine: parts, wake: wake, jobsChanged: jobsChanged, watch: cronWatch, mayStart: { self.mayAccept }
    ).startDue()
  }

  func make(
    _ schedule: Schedule, name: String = "job", message: String = "do it", misfire: MisfirePolicy = .skip,
    as principal: Principal = ann
  ) async throws -> CronJob {
    try await cron.create(
      CronJobSpec(name: name, schedule: schedule, message: message, misfire: misfire), for: nil, as: principal)
  }

  /// The current state of a job.
  func job(_ job: CronJob) async throws -> CronJob {
    try #require(try await cron.jobs(of: nil, includeDisabled: true, as: admin).first { $0.id == job.id })
  }
}

/// An admin of another tenant, with the same user name.
let stranger = Principal(
  tenant: TenantID(unchecked: "other"), user: UserID(unchecked: "ann"), role: .admin, origin: .webSocket)

/// The code of the thrown error; nil if there is none.
func code(of body: () async throws -> Void) async -> ClawError.Code? {
  do {
    try await body()
    return nil
  } catch {
    return (error as? ClawError)?.code
  }
}
