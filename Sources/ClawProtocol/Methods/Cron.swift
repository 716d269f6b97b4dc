import ClawJSON

/// When a job runs: `{"kind":"at","atMs"}`, `{"kind":"every","everyMs"}` or `{"kind":"cron","expr","tz"}`.
public struct CronSchedule: Codable, Sendable, Hashable {
  /// `at`, `every` or `cron`.
  public var kind: String
  /// Unix milliseconds.
  public var atMs: Int64?
  /// At least 1000.
  public var everyMs: Int64?
  /// Five fields, or a word such as `@hourly`.
  public var expr: String?
  /// A zone of the IANA database; UTC if left out.
  public var tz: String?

  /// `kind` says which of the others count: `atMs`, `everyMs`, or `expr` with `tz`.
  public init(
    kind: String, atMs: Int64? = nil, everyMs: Int64? = nil, expr: String? = nil, tz: String? = nil
  ) {
    self.kind = kind
    self.atMs = atMs
    self.everyMs = everyMs
    self.expr = expr
    self.tz = tz
  }

  /// Once, at a moment between 1970 and 9999 in Unix milliseconds.
  public static func at(milliseconds: Int64) -> CronSchedule { CronSchedule(kind: "at", atMs: milliseconds) }
  /// Again and again, counted from the job's creation; at least 1000 milliseconds apart.
  public static func every(milliseconds: Int64) -> CronSchedule { CronSchedule(kind: "every", everyMs: milliseconds) }
  /// By the clock of a zone, UTC without one; a time that a change of the clock skips fires at the next valid minute,
  /// one that it repeats fires once.
  public static func cron(_ expression: String, zone: String? = nil) -> CronSchedule {
    CronSchedule(kind: "cron", expr: expression, tz: zone)
  }
}

/// A job as it is listed.
public struct CronJobInfo: Codable, Sendable, Hashable {
  /// The id by which the other methods name it.
  public var id: String
  /// What its owner calls it, 1 to 200 characters.
  public var name: String
  /// The agent that runs.
  public var agentId: String
  /// Whose job, and whose conversation, it is.
  public var userId: String
  /// Whether it runs by the clock.
  public var enabled: Bool
  /// When it runs.
  public var schedule: CronSchedule
  /// What the agent is told each time.
  public var message: String
  /// Whether the answer is to be sent to ``channel`` and ``to``.
  public var deliver: Bool
  /// The channel for the answer, 1 to 1024 bytes.
  public var channel: String?
  /// The receiver in that channel, 1 to 1024 bytes.
  public var to: String?
  /// `skip` or `once`.
  public var misfire: String
  /// What came of it so far.
  public var state: State
  /// Unix milliseconds.
  public var createdAtMs: Int64
  /// Unix milliseconds; when somebody last changed it, not when it last ran.
  public var updatedAtMs: Int64

  /// How the job goes. Unix milliseconds.
  public struct State: Codable, Sendable, Hashable {
    /// Left out while the job is disabled.
    public var nextRunAtMs: Int64?
    /// The last time that it was due, run or missed; left out if there was none.
    public var lastRunAtMs: Int64?
    /// `queued`, `running`, `completed`, `failed`, `aborted`, or `missed` for a time that nobody was there for.
    public var lastStatus: String?
    /// Why the last time failed or was missed.
    public var lastError: String?

    /// All nil for a job that has not run yet, but for its next time.
    public init(nextRunAtMs: Int64?, lastRunAtMs: Int64?, lastStatus: String?, lastError: String?) {
      self.nextRunAtMs = nextRunAtMs
      self.lastRunAtMs = lastRunAtMs
      self.lastStatus = lastStatus
      self.lastError = lastError
    }
  }

  /// The job as it is stored.
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

/// `cron.list`: jobs with their next time and how the last one went.
public enum CronList: Method {
  public static let name = "cron.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists scheduled jobs: one's own, and for admins those of the tenant."

  /// Which jobs; without anything all of the caller's.
  public struct Params: Codable, Sendable {
    /// True if left out.
    public var includeDisabled: Bool?
    /// Only this user's jobs; for admins.
    public var userId: String?
    /// Disabled jobs are listed too, unless told otherwise.
    public init(includeDisabled: Bool? = nil, userId: String? = nil) {
      self.includeDisabled = includeDisabled
      self.userId = userId
    }
  }

  /// The jobs that the caller may see.
  public struct Result: Codable, Sendable {
    /// Oldest first; not paged, as a user's jobs are limited.
    public var jobs: [CronJobInfo]
    /// The whole list: it has no pages.
    public init(jobs: [CronJobInfo]) { self.jobs = jobs }
  }
}

/// `cron.create`: a job that talks to its agent by the clock, in a session of its own. RESOURCE_EXHAUSTED where a user
/// has as many jobs as they may.
public enum CronCreate: Method {
  public static let name = "cron.create"
  public static let role = MethodRole.operator_
  public static let summary = "Makes a scheduled job; each time it runs a turn of its agent in a session of its own."

  /// A job as it is to be; it is enabled at once.
  public struct Params: Codable, Sendable {
    /// 1 to 200 characters without control characters.
    public var name: String
    /// When it runs; one that never fires is INVALID_REQUEST.
    public var schedule: CronSchedule
    /// What the agent is told each time; not blank.
    public var message: String
    /// The agent that runs; `default` if left out.
    public var agentId: String?
    /// Whether the answer is to be sent to ``channel`` and ``to``; false if left out.
    public var deliver: Bool?
    /// The channel for the answer, 1 to 1024 bytes.
    public var channel: String?
    /// The receiver in that channel, 1 to 1024 bytes.
    public var to: String?
    /// What becomes of a time that passed while the gateway was down: `skip` (if left out) or `once`.
    public var misfire: String?
    /// Whose job it is; for admins.
    public var userId: String?

    /// A job of the default agent that delivers nowhere, unless told otherwise.
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

  /// The job as it was made.
  public struct Result: Codable, Sendable {
    /// With its id and its first time.
    public var job: CronJobInfo
    /// Answers with the stored job.
    public init(job: CronJobInfo) { self.job = job }
  }
}

/// `cron.delete`: the job goes; a run of it that is under way is not stopped.
public enum CronDelete: Method {
  public static let name = "cron.delete"
  public static let role = MethodRole.operator_
  public static let summary = "Removes a scheduled job; a run of it that goes on is left alone."

  /// Which job; its runs and their session stay.
  public struct Params: Codable, Sendable {
    /// As `cron.list` tells it; one of somebody else is NOT_FOUND.
    public var jobId: String
    /// Names the job to remove.
    public init(jobId: String) { self.jobId = jobId }
  }

  /// Says that it is gone.
  public struct Result: Codable, Sendable {
    /// Always true; an unknown job is NOT_FOUND.
    public var deleted: Bool
    /// The answer, with `deleted` filled in.
    public init() { deleted = true }
  }
}

/// `cron.toggle`: has a job run by the clock, or lets it rest.
public enum CronToggle: Method {
  public static let name = "cron.toggle"
  public static let role = MethodRole.operator_
  public static let summary = "Lets a scheduled job run by the clock, or no longer."

  /// Which job, and whether it is to run.
  public struct Params: Codable, Sendable {
    /// As `cron.list` tells it; one of somebody else is NOT_FOUND.
    public var jobId: String
    /// True is FAILED_PRECONDITION for a job whose only time has passed.
    public var enabled: Bool
    /// Asking for the state that it has changes nothing.
    public init(jobId: String, enabled: Bool) {
      self.jobId = jobId
      self.enabled = enabled
    }
  }

  /// The job's state from now on.
  public struct Result: Codable, Sendable {
    /// The job that was asked for.
    public var jobId: String
    /// Whether it runs by the clock.
    public var enabled: Bool
    /// Left out while the job is disabled.
    public var nextRunAtMs: Int64?
    /// The state that is stored.
    public init(jobId: String, enabled: Bool, nextRunAtMs: Int64?) {
      self.jobId = jobId
      self.enabled = enabled
      self.nextRunAtMs = nextRunAtMs
    }
  }
}
