/// What becomes of a time that passed while nobody could run the job.
public enum MisfirePolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// It is noted as missed; the job goes on with its next time.
  case skip
  /// The job runs once for all the times that passed.
  case once
}

/// What a job is, as the one who made it said.
public struct CronJobSpec: Sendable, Hashable {
  public var name: String
  public var agent: AgentKey
  public var schedule: Schedule
  /// What the agent is told each time.
  public var message: String
  /// Whether the answer goes to `channel` and `to`.
  public var deliver: Bool
  public var channel: String?
  public var to: String?
  public var misfire: MisfirePolicy

  public init(
    name: String, agent: AgentKey = .standard, schedule: Schedule, message: String, deliver: Bool = false,
    channel: String? = nil, to: String? = nil, misfire: MisfirePolicy = .skip
  ) {
    self.name = name
    self.agent = agent
    self.schedule = schedule
    self.message = message
    self.deliver = deliver
    self.channel = channel
    self.to = to
    self.misfire = misfire
  }
}

/// How a job's last time went.
public enum CronStatus: String, Sendable, Hashable, Codable {
  /// The states of its run.
  case queued, running, waiting, completed, failed, aborted
  /// The time passed while nobody could run it.
  case missed

  public init(_ state: RunState) {
    self =
      switch state {
      case .queued: .queued
      case .running: .running
      case .waiting: .waiting
      case .completed: .completed
      case .failed: .failed
      case .aborted: .aborted
      }
  }
}

/// A job and how it goes.
public struct CronJob: Sendable, Hashable {
  public let id: JobID
  public let user: UserID
  public let spec: CronJobSpec
  public let isEnabled: Bool
  /// Nil while it is disabled.
  public let nextRunAt: Timestamp?
  public let lastRunAt: Timestamp?
  public let lastRun: RunID?
  public let lastStatus: CronStatus?
  public let lastError: String?
  public let createdAt: Timestamp
  public let updatedAt: Timestamp

  public init(
    id: JobID, user: UserID, spec: CronJobSpec, isEnabled: Bool, nextRunAt: Timestamp?, lastRunAt: Timestamp? = nil,
    lastRun: RunID? = nil, lastStatus: CronStatus? = nil, lastError: String? = nil, createdAt: Timestamp,
    updatedAt: Timestamp
  ) {
    self.id = id
    self.user = user
    self.spec = spec
    self.isEnabled = isEnabled
    self.nextRunAt = nextRunAt
    self.lastRunAt = lastRunAt
    self.lastRun = lastRun
    self.lastStatus = lastStatus
    self.lastError = lastError
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }

  /// Where its runs talk.
  public var session: SessionKey { SessionKey(agent: spec.agent, rest: "cron:\(id)") }
}

/// Jobs that run by the clock.
public protocol CronService: Sendable {
  /// The jobs of a user, oldest first; an admin who names no user gets those of the tenant.
  func jobs(of user: UserID?, includeDisabled: Bool, as principal: Principal) async throws -> [CronJob]

  /// Makes a job, enabled.
  /// - Throws: `invalidRequest` for a schedule that is wrong or never comes, `notFound` for an unknown agent,
  ///   `resourceExhausted` if the user has as many jobs as they may.
  func create(_ spec: CronJobSpec, for user: UserID?, as principal: Principal) async throws -> CronJob

  /// Removes a job. A run of it that goes on is left alone.
  /// - Throws: `notFound`.
  func delete(_ job: JobID, as principal: Principal) async throws

  /// Lets a job run by the clock, or no longer.
  /// - Throws: `notFound`; `failedPrecondition` if it is to be enabled and its time has passed for good.
  func setEnabled(_ isEnabled: Bool, of job: JobID, as principal: Principal) async throws -> CronJob
}
