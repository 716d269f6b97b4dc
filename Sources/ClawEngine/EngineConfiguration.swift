import ClawCore

/// Everything about the engine that can be set.
public struct EngineConfiguration: Sendable {
  /// Runs that may be under way at once on this node, by lane. Where they are short, tenants take turns, and within a
  /// tenant its users.
  public var lanes: [Lane: Int]
  /// How long running runs may go on after the signal to stop.
  public var drainTimeout: Duration
  /// How long runs that were told to stop may take to do so, before they are left as they are.
  public var stopTimeout: Duration
  /// How long a run is a node's own without a sign of life.
  public var leaseDuration: Duration
  /// How often the store is asked for what no signal told of.
  public var pollInterval: Duration
  /// How long the question whether the gateway is ready waits for the store to take a write.
  public var readinessTimeout: Duration
  /// How long text is gathered before it is numbered.
  public var textJoin: Duration
  /// How long events are kept; at least 24 h by the contract.
  public var eventRetention: Duration
  public var idempotencyRetention: Duration
  /// How long the sessions of calls are kept that were to leave nothing behind; at least as long as idempotency keys.
  public var ephemeralRetention: Duration
  /// Time between two rounds of tidying up.
  public var sweepInterval: Duration
  /// Most model calls of one run.
  public var maxIterations: Int
  /// Most rows of a transcript that are shown to a model; when there are more, the older half leaves the window.
  public var historyMessages: Int
  /// How long one tool may take.
  public var toolTimeout: Duration
  /// How long a tool that was told to stop may take to do so, before it is left to itself.
  public var toolStopTimeout: Duration
  /// How long a call may wait for a decision, a child or a date at most, whatever its tool asks for.
  public var maxToolWait: Duration
  /// How often a run may be begun before it counts as one that can't be finished.
  public var maxAttempts: Int
  /// How long an abort waits for the store before it answers with what it has stopped here.
  public var abortTimeout: Duration
  /// How long the store must have refused a run's writes before a drain no longer waits for that run.
  public var outageTimeout: Duration
  /// Longest message, in bytes.
  public var maxMessageBytes: Int
  /// Messages of one session that may wait for their answers.
  public var maxQueuedPerSession: Int
  /// Runs a minute that a user may start; 0 is no limit.
  public var rateLimitPerMinute: Int
  /// Runs that a user may start at once before the limit bites.
  public var rateLimitBurst: Int
  /// Jobs that a user may have.
  public var maxJobsPerUser: Int
  /// How late a job may begin before its time counts as missed.
  public var misfireGrace: Duration
  /// How long it is kept what became of each time of a job.
  public var slotRetention: Duration
  public var pairing: PairingConfiguration
  public var access: AccessConfiguration
  /// Where agents work.
  let workspaces: Workspaces
  public var media: MediaConfiguration
  /// Identifies this start of the machine; where it is unknown, every start that follows an unclean stop counts as one
  /// after a power cut.
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
