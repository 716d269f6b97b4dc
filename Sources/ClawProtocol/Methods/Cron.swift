import ClawJSON

/// When a job runs: `{"kind":"at","atMs"}`, `{"kind":"every","everyMs"}` or `{"kind":"cron","expr","tz"}`.
public struct CronSchedule: Codable, Sendable, Hashable {
  /// `at`, `every` or `cron`.
  public var kind: String
  /// Unix milliseconds.
  public var atMs: Int64?
  /// At least 1000.
  public var everyMs: Int64?
  /// Five fields, or a macro such as `@hourly`.
  public var expr: String?
  /// An IANA time zone; UTC if omitted.
  public var tz: String?

  /// `kind` determines which fields apply: `atMs`, `everyMs`, or `expr` with `tz`.
  public init(
    kind: String, atMs: Int64? = nil, everyMs: Int64? = nil, expr: String? = nil, tz: String? = nil
  ) {
    self.kind = kind
    self.atMs = atMs
    self.everyMs = everyMs
    self.expr = expr
    self.tz = tz
  }

  /// Once, at a time between 1970 and 9999 in Unix milliseconds.
  public static func at(milliseconds: Int64) -> CronSchedule { CronSchedule(kind: "at", atMs: milliseconds) }
  /// At intervals, counted from the job's creation; at least 1000 milliseconds.
  public static func every(milliseconds: Int64) -> CronSchedule { CronSchedule(kind: "every", everyMs: milliseconds) }
  /// By the local time of a zone, UTC by default; a time skipped by a clock change fires at the next valid minute, a
  /// repeated one fires once.
  public static func cron(_ expression: String, zone: String? = nil) -> CronSchedule {
    CronSchedule(kind: "cron", expr: expression, tz: zone)
  }
}

/// A job in a list.
public struct CronJobInfo: Codable, Sendable, Hashable {
  /// The id that other methods use.
  public var id: String
  /// Its name, 1 to 200 characters.
  public var name: String
  /// The agent that is run.
  public var agentId: String
  /// The owner of the job and its session.
  public var userId: String
  /// Whether it is scheduled.
  public var enabled: Bool
  /// When it runs.
  public var schedule: CronSchedule
  /// The message sent to the agent each time.
  public var message: String
  /// Whether to send the answer to ``channel`` and ``to``.
  public var deliver: Bool
  /// The channel for the answer, 1 to 1024 bytes.
  public var channel: String?
  /// The recipient in that channel, 1 to 1024 bytes.
  public var to: String?
  /// `skip` or `once`.
  public var misfire: String
  /// Its status so far.
  public var state: State
  /// Unix milliseconds.
  public var createdAtMs: Int64
  /// Unix milliseconds; the last change by a user, not the last run.
  public var updatedAtMs: Int64

  /// The status of a job. Times in Unix milliseconds.
  public struct State: Codable, Sendable, Hashable {
    /// Omitted while the job is disabled.
    public var nextRunAtMs: Int64?
    /// The last due time, whether run or missed; omitted if there was none.
    public var lastRunAtMs: Int64?
    /// `queued`, `running`, `completed`, `failed`, `aborted`, or `missed` if no node was running at the time.
    public var lastStatus: String?
    /// Why the last slot failed or was missed.
    public var lastError: String?

    /// For a job that has not run yet, all nil except the next time.
    public init(nextRunAtMs: Int64?, lastRunAtMs: Int64?, lastStatus: String?, lastError: String?) {
      self.nextRunAtMs = nextRunAtMs
      self.lastRunAtMs = lastRunAtMs
      self.lastStatus = lastStatus
      self.lastError = lastError
    }
  }

  /// The stored job.
  public init(
    id: String, name: String, agentId: String, userId: String, enabled: Bool, schedule: CronSchedule,
    message: String, deliver: Bool, channel: String?, to: String?, misfire: String, state: State,
    createdAtMs: Int64, updatedAtMs: Int64
  ) {
    self.id = id
    self.name = name
    self.agentId = agentId
    self.userId = userId
    self.enabled = enabled
    self.schedule = schedule
    self.message = message
    self.deliver = deliver
    self.channel = channel
    self.to = to
    self.misfire = misfire
    self.state = state
    self.createdAtMs = createdAtMs
    self.updatedAtMs = updatedAtMs
  }
}

/// `cron.list`: jobs with their next time and last status.
public enum CronList: Method {
  public static let name = "cron.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists scheduled jobs: one's own, and for admins those of the tenant."

  /// Filters; by default all jobs of the caller.
  public struct Params: Codable, Sendable {
    /// True if omitted.
    public var includeDisabled: Bool?
    /// Only this user's jobs; for admins.
    public var userId: String?
    /// Includes disabled jobs by default.
    public init(includeDisabled: Bool? = nil, userId: String? = nil) {
      self.includeDisabled = includeDisabled
      self.userId = userId
    }
  }

  /// The jobs that the caller may see.
  public struct Result: Codable, Sendable {
    /// Oldest first; without pages, since the number of a user's jobs is limited.
    public var jobs: [CronJobInfo]
    /// The complete list, without pages.
    public init(jobs: [CronJobInfo]) { self.jobs = jobs }
  }
}

/// `cron.create`: creates a job that sends a message to its agent on a schedule, in a session of its own.
/// RESOURCE_EXHAUSTED if the user's limit of jobs is reached.
public enum CronCreate: Method {
  public static let name = "cron.create"
  public static let role = MethodRole.operator_
  public static let summary = "Creates a scheduled job, which runs its agent in a session of its own."

  /// The properties of the job; it is enabled at once.
  public struct Params: Codable, Sendable {
    /// 1 to 200 characters without control characters.
    public var name: String
    /// When it runs; a schedule that never fires is INVALID_REQUEST.
    public var schedule: CronSchedule
    /// The message sent to the agent each time; not blank.
    public var message: String
    /// The agent to run; `default` if omitted.
    public var agentId: String?
    /// Whether to send the answer to ``channel`` and ``to``; false if omitted.
    public var deliver: Bool?
    /// The channel for the answer, 1 to 1024 bytes.
    public var channel: String?
    /// The recipient in that channel, 1 to 1024 bytes.
    public var to: String?
    /// How to handle a time that passed while the gateway was down: `skip` (the default) or `once`.
    public var misfire: String?
    /// The owner of the job; for admins.
    public var userId: String?

    /// By default a job of the default agent without delivery.
    public init(
      name: String, schedule: CronSchedule, message: String, agentId: String? = nil, deliver: Bool? = nil,
      channel: String? = nil, to: String? = nil, misfire: String? = nil, userId: String? = nil
    ) {
      self.name = name
      self.schedule = schedule
      self.message = message
      self.agentId = agentId
      self.deliver = deliver
      self.channel = channel
      self.to = to
      self.misfire = misfire
      self.userId = userId
    }
  }

  /// The created job.
  public struct Result: Codable, Sendable {
    /// The job with its id and first time.
    public var job: CronJobInfo
    /// The result with the stored job.
    public init(job: CronJobInfo) { self.job = job }
  }
}

/// `cron.delete`: removes a job; a run in progress is not aborted.
public enum CronDelete: Method {
  public static let name = "cron.delete"
  public static let role = MethodRole.operator_
  public static let summary = "Removes a scheduled job; a run of it that goes on is left alone."

  /// The job to remove; its runs and their session stay.
  public struct Params: Codable, Sendable {
    /// Its id from `cron.list`; another user's job is NOT_FOUND.
    public var jobId: String
    /// Selects the job to remove.
    public init(jobId: String) { self.jobId = jobId }
  }

  /// Confirms the removal.
  public struct Result: Codable, Sendable {
    /// Always true; an unknown job is NOT_FOUND.
    public var deleted: Bool
    /// The result, with `deleted` set.
    public init() { deleted = true }
  }
}

/// `cron.toggle`: enables or disables a job.
public enum CronToggle: Method {
  public static let name = "cron.toggle"
  public static let role = MethodRole.operator_
  public static let summary = "Enables or disables a scheduled job."

  /// The job and its new state.
  public struct Params: Codable, Sendable {
    /// Its id from `cron.list`; another user's job is NOT_FOUND.
    public var jobId: String
    /// True is FAILED_PRECONDITION for a one-time job whose time has passed.
    public var enabled: Bool
    /// Setting the current state again changes nothing.
    public init(jobId: String, enabled: Bool) {
      self.jobId = jobId
      self.enabled = enabled
    }
  }

  /// The job's new state.
  public struct Result: Codable, Sendable {
    /// The requested job.
    public var jobId: String
    /// Whether it is scheduled.
    public var enabled: Bool
    /// Omitted while the job is disabled.
    public var nextRunAtMs: Int64?
    /// The stored state.
    public init(jobId: String, enabled: Bool, nextRunAtMs: Int64?) {
      self.jobId = jobId
      self.enabled = enabled
      self.nextRunAtMs = nextRunAtMs
    }
  }
}

extension MethodCatalog {
  /// `cron.*`
  static let cron: [any Method.Type] = [CronList.self, CronCreate.self, CronDelete.self, CronToggle.self]
}
