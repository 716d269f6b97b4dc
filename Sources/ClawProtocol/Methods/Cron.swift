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

  public init(
    kind: String, atMs: Int64? = nil, everyMs: Int64? = nil, expr: String? = nil, tz: String? = nil
  ) {
    self.kind = kind
    self.atMs = atMs
    self.everyMs = everyMs
    self.expr = expr
    self.tz = tz
  }

  public static func at(milliseconds: Int64) -> CronSchedule { CronSchedule(kind: "at", atMs: milliseconds) }
  public static func every(milliseconds: Int64) -> CronSchedule { CronSchedule(kind: "every", everyMs: milliseconds) }
  public static func cron(_ expression: String, zone: String? = nil) -> CronSchedule {
    CronSchedule(kind: "cron", expr: expression, tz: zone)
  }
}

/// A job as it is listed.
public struct CronJobInfo: Codable, Sendable, Hashable {
  public var id: String
  public var name: String
  public var agentId: String
  public var userId: String
  public var enabled: Bool
  public var schedule: CronSchedule
  public var message: String
  public var deliver: Bool
  public var channel: String?
  public var to: String?
  /// `skip` or `once`.
  public var misfire: String
  public var state: State
  public var createdAtMs: Int64
  public var updatedAtMs: Int64

  /// How the job goes. Unix milliseconds.
  public struct State: Codable, Sendable, Hashable {
    /// Left out while the job is disabled.
    public var nextRunAtMs: Int64?
    public var lastRunAtMs: Int64?
    /// `queued`, `running`, `completed`, `failed`, `aborted`, or `missed` for a time that nobody was there for.
    public var lastStatus: String?
    public var lastError: String?

    public init(nextRunAtMs: Int64?, lastRunAtMs: Int64?, lastStatus: String?, lastError: String?) {
      self.nextRunAtMs = nextRunAtMs
      self.lastRunAtMs = lastRunAtMs
      self.lastStatus = lastStatus
      self.lastError = lastError
    }
  }

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

/// Lists jobs.
public enum CronList: Method {
  public static let name = "cron.list"
  public static let role = MethodRole.viewer
  public static let summary = "Lists scheduled jobs: one's own, and for admins those of the tenant."

  public struct Params: Codable, Sendable {
    /// True if left out.
    public var includeDisabled: Bool?
    /// Only this user's jobs; for admins.
    public var userId: String?
    public init(includeDisabled: Bool? = nil, userId: String? = nil) {
      self.includeDisabled = includeDisabled
      self.userId = userId
    }
  }

  public struct Result: Codable, Sendable {
    public var jobs: [CronJobInfo]
    public init(jobs: [CronJobInfo]) { self.jobs = jobs }
  }
}

/// Makes a job.
public enum CronCreate: Method {
  public static let name = "cron.create"
  public static let role = MethodRole.operator_
  public static let summary = "Makes a scheduled job; each time it runs a turn of its agent in a session of its own."

  public struct Params: Codable, Sendable {
    public var name: String
    public var schedule: CronSchedule
    public var message: String
    public var agentId: String?
    public var deliver: Bool?
    public var channel: String?
    public var to: String?
    /// What becomes of a time that passed while the gateway was down: `skip` (if left out) or `once`.
    public var misfire: String?
    /// Whose job it is; for admins.
    public var userId: String?

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

  public struct Result: Codable, Sendable {
    public var job: CronJobInfo
    public init(job: CronJobInfo) { self.job = job }
  }
}

/// Removes a job.
public enum CronDelete: Method {
  public static let name = "cron.delete"
  public static let role = MethodRole.operator_
  public static let summary = "Removes a scheduled job; a run of it that goes on is left alone."

  public struct Params: Codable, Sendable {
    public var jobId: String
    public init(jobId: String) { self.jobId = jobId }
  }

  public struct Result: Codable, Sendable {
    public var deleted: Bool
    public init() { deleted = true }
  }
}

/// Enables or disables a job.
public enum CronToggle: Method {
  public static let name = "cron.toggle"
  public static let role = MethodRole.operator_
  public static let summary = "Lets a scheduled job run by the clock, or no longer."

  public struct Params: Codable, Sendable {
    public var jobId: String
    public var enabled: Bool
    public init(jobId: String, enabled: Bool) {
      self.jobId = jobId
      self.enabled = enabled
    }
  }

  public struct Result: Codable, Sendable {
    public var jobId: String
    public var enabled: Bool
    /// Left out while the job is disabled.
    public var nextRunAtMs: Int64?
    public init(jobId: String, enabled: Bool, nextRunAtMs: Int64?) {
      self.jobId = jobId
      self.enabled = enabled
      self.nextRunAtMs = nextRunAtMs
    }
  }
}
