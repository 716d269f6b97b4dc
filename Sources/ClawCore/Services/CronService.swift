/// What to do about a time that passed while no node was running.
public enum MisfirePolicy: String, Sendable, Hashable, Codable, CaseIterable {
  /// Record it as missed; the job continues with its next time.
  case skip
  /// Run the job once for all missed times.
  case once
}

/// The user-defined properties of a job.
public struct CronJobSpec: Sendable, Hashable {
  public var name: String
  public var agent: AgentKey
  public var schedule: Schedule
  /// The message to the agent.
  public var message: String
  /// Whether to deliver the answer to `channel` and `to`.
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

/// The status of a job's last slot.
public enum CronStatus: String, Sendable, Hashable, Codable {
  /// The states of its run.
  case queued, running, waiting, completed, failed, aborted
  /// The time passed while no node was running.
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

/// A job and its status.
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

  /// The session of its runs.
  public var session: SessionKey { SessionKey(agent: spec.agent, rest: "cron:\(id)") }
}

/// Scheduled jobs.
public protocol CronService: Sendable {
  /// The jobs of a user, oldest first; if an admin names no user, those of the tenant.
  func jobs(of user: UserID?, includeDisabled: Bool, as principal: Principal) async throws -> [CronJob]

  /// Creates an enabled job.
  /// - Throws: `invalidRequest` for a schedule that is invalid or never fires, `notFound` for an unknown agent,
  ///   `resourceExhausted` if the user's limit of jobs is reached.
  func create(_ spec: CronJobSpec, for user: UserID?, as principal: Principal) async throws -> CronJob

  /// Removes a job. A run in progress continues.
  /// - Throws: `notFound`.
  func delete(_ job: JobID, as principal: Principal) async throws

  /// Enables or disables a job.
  /// - Throws: `notFound`; `failedPrecondition` if it is to be enabled and has no future time.
  func setEnabled(_ isEnabled: Bool, of job: JobID, as principal: Principal) async throws -> CronJob
}
