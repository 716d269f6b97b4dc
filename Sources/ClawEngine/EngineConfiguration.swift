import ClawCore

/// All settings of the engine.
public struct EngineConfiguration: Sendable {
  /// Concurrent runs on this node, by lane. When slots are short, tenants take turns, and within a tenant its users.
  public var lanes: [Lane: Int]
  /// How long runs may continue after the stop signal.
  public var drainTimeout: Duration
  /// How long stopped runs have to end before they are abandoned.
  public var stopTimeout: Duration
  /// How long a run's lease is valid without renewal.
  public var leaseDuration: Duration
  /// How often the store is polled for work that no signal announced.
  public var pollInterval: Duration
  /// Timeout of the readiness check's write to the store.
  public var readinessTimeout: Duration
  /// How long text deltas are merged before they get a sequence number.
  public var textJoin: Duration
  /// How long events are kept; at least 24 h by the protocol.
  public var eventRetention: Duration
  public var idempotencyRetention: Duration
  /// How long sessions of ephemeral calls are kept; at least as long as idempotency keys.
  public var ephemeralRetention: Duration
  /// Time between two sweeps of expired rows.
  public var sweepInterval: Duration
  /// Limit of model calls in one run.
  public var maxIterations: Int
  /// Limit of transcript rows in a model's context window; when it is exceeded, the older half is dropped.
  public var historyMessages: Int
  /// Timeout of one tool call.
  public var toolTimeout: Duration
  /// How long a stopped tool has to end before it is abandoned.
  public var toolStopTimeout: Duration
  /// Limit of a call's wait for an approval, a child or a date, whatever its tool asks for.
  public var maxToolWait: Duration
  /// Attempts after which a run counts as one that can't be finished.
  public var maxAttempts: Int
  /// How long an abort waits for the store before it answers with the runs that it stopped on this node.
  public var abortTimeout: Duration
  /// How long the store must have rejected a run's writes before a drain stops waiting for that run.
  public var outageTimeout: Duration
  /// Size limit of a message, in bytes.
  public var maxMessageBytes: Int
  /// Limit of queued messages in one session.
  public var maxQueuedPerSession: Int
  /// Runs per minute that a user may start; 0 means no limit.
  public var rateLimitPerMinute: Int
  /// Burst of runs that a user may start before the rate limit applies.
  public var rateLimitBurst: Int
  /// Limit of jobs per user.
  public var maxJobsPerUser: Int
  /// How late a job may start before its slot counts as missed.
  public var misfireGrace: Duration
  /// How long the outcomes of a job's slots are kept.
  public var slotRetention: Duration
  public var pairing: PairingConfiguration
  public var access: AccessConfiguration
  /// The folders of agents and users.
  let workspaces: Workspaces
  public var media: MediaConfiguration
  /// Identifies the boot of the machine. If nil, every start after an unclean stop is treated as one after a power
  /// failure.
  public var bootID: String?

  public init(
    lanes: [Lane: Int] = [.main: 512, .subagent: 64, .cron: 64], drainTimeout: Duration = .seconds(30),
    stopTimeout: Duration = .seconds(5), leaseDuration: Duration = .seconds(15), pollInterval: Duration = .seconds(1),
    readinessTimeout: Duration = .seconds(2),
    textJoin: Duration = .milliseconds(15), eventRetention: Duration = .seconds(86_400),
    idempotencyRetention: Duration = .seconds(86_400), sweepInterval: Duration = .seconds(600),
    maxIterations: Int = 20, historyMessages: Int = 200, toolTimeout: Duration = .seconds(300),
    toolStopTimeout: Duration = .seconds(3), maxToolWait: Duration = .seconds(2_592_000), maxAttempts: Int = 5,
    abortTimeout: Duration = .milliseconds(800),
    outageTimeout: Duration = .seconds(1),
    maxMessageBytes: Int = 256 * 1024, maxQueuedPerSession: Int = 200, rateLimitPerMinute: Int = 0,
    rateLimitBurst: Int = 5, maxJobsPerUser: Int = 100, misfireGrace: Duration = .seconds(60),
    slotRetention: Duration = .seconds(2_592_000), pairing: PairingConfiguration = PairingConfiguration(),
    access: AccessConfiguration = AccessConfiguration(), workspaces: String, bootID: String? = nil,
    ephemeralRetention: Duration = .seconds(86_400), media: MediaConfiguration? = nil
  ) {
    self.lanes = lanes
    self.drainTimeout = drainTimeout
    self.stopTimeout = stopTimeout
    self.leaseDuration = leaseDuration
    self.pollInterval = pollInterval
    self.readinessTimeout = readinessTimeout
    self.textJoin = textJoin
    self.eventRetention = eventRetention
    self.idempotencyRetention = idempotencyRetention
    self.sweepInterval = sweepInterval
    self.maxIterations = maxIterations
    self.historyMessages = historyMessages
    self.toolTimeout = toolTimeout
    self.toolStopTimeout = toolStopTimeout
    self.maxToolWait = maxToolWait
    self.maxAttempts = maxAttempts
    self.abortTimeout = abortTimeout
    self.outageTimeout = outageTimeout
    self.maxMessageBytes = maxMessageBytes
    self.maxQueuedPerSession = maxQueuedPerSession
    self.rateLimitPerMinute = rateLimitPerMinute
    self.rateLimitBurst = rateLimitBurst
    self.maxJobsPerUser = maxJobsPerUser
    self.misfireGrace = misfireGrace
    self.slotRetention = slotRetention
    self.pairing = pairing
    self.access = access
    self.workspaces = Workspaces(root: workspaces)
    self.media = media ?? MediaConfiguration(directory: workspaces + "/media")
    self.bootID = bootID
    self.ephemeralRetention = ephemeralRetention
  }
}
