import ClawJSON

/// A message on its way in, whatever the entrance: the one shape that `accept` takes.
public struct Inbound: Sendable {
  /// Who is spoken to.
  public var agent: AgentKey
  /// Where the message belongs; must be a session of `agent`.
  public var session: SessionKey
  /// The user whose conversation it is, if an admin names another than themselves.
  public var user: UserID?
  public var message: UserMessage
  /// Earlier messages that the caller brings along, stored before `message`; for calls without a stored session.
  public var context: [TranscriptMessage.Body]
  public var options: RunOptions
  public var lane: Lane
  /// Makes a repetition within 24 h answer as the first did. 1–255 bytes.
  public var idempotencyKey: String?
  /// Whether the session, if it is new, is kept for a short time only and stands in no list.
  public var isEphemeral: Bool
  /// The connection that is to see this run's events, whoever's they are.
  public var watcher: WatcherID?

  public init(
    agent: AgentKey, session: SessionKey, user: UserID? = nil, message: UserMessage,
    context: [TranscriptMessage.Body] = [], options: RunOptions = RunOptions(), lane: Lane = .main,
    idempotencyKey: String? = nil, isEphemeral: Bool = false, watcher: WatcherID? = nil
  ) {
    self.agent = agent
    self.session = session
    self.user = user
    self.message = message
    self.context = context
    self.options = options
    self.lane = lane
    self.idempotencyKey = idempotencyKey
    self.isEphemeral = isEphemeral
    self.watcher = watcher
  }
}

/// The receipt for a message that is stored and will be answered, come what may.
public struct AcceptedRun: Sendable, Hashable {
  public let run: RunID
  public let address: SessionAddress
  /// The last event of the session before this run shows any.
  public let headSeq: Int64
  /// Whether an earlier request with the same idempotency key started the run.
  public let isRepetition: Bool

  public init(run: RunID, address: SessionAddress, headSeq: Int64, isRepetition: Bool) {
    self.run = run
    self.address = address
    self.headSeq = headSeq
    self.isRepetition = isRepetition
  }
}

/// A page of a transcript, oldest first.
public struct HistoryPage: Sendable {
  public let messages: [TranscriptMessage]
  /// Pass it as `before` for the page before this one; nil at the beginning.
  public let nextBefore: Int64?
  /// Subscribing after it gives all that is not yet in `messages`, once.
  public let resumeSeq: Int64

  public init(messages: [TranscriptMessage], nextBefore: Int64?, resumeSeq: Int64) {
    self.messages = messages
    self.nextBefore = nextBefore
    self.resumeSeq = resumeSeq
  }
}

/// What is to be stopped.
public enum AbortTarget: Sendable {
  case run(RunID)
  case session(SessionKey, user: UserID?)
}

/// Talking to agents.
public protocol ChatService: Sendable {
  /// Stores the message and its run in one transaction; once it returns, the run happens.
  /// - Throws: `notFound` for an unknown agent or model, `alreadyExists` for an idempotency key used with another
  ///   message, `resourceExhausted` over the rate limit, `unavailable` while draining or if the store can't take it.
  func accept(_ inbound: Inbound, as principal: Principal) async throws -> AcceptedRun

  /// Waits until the run has ended, on whatever node, and says how. Cancelling stops the waiting, not the run.
  /// - Throws: `notFound` if it is not the principal's.
  func outcome(of run: RunID, as principal: Principal) async throws -> RunOutcome

  /// Reads a transcript; an unknown session has an empty one.
  /// - Parameters:
  ///   - limit: 1–500.
  ///   - before: Only rows with a smaller `seq`.
  func history(
    of session: SessionKey, user: UserID?, limit: Int, before: Int64?, as principal: Principal
  ) async throws -> HistoryPage

  /// Stops runs, queued or running; returns those that it stopped, without waiting for them to be gone.
  func abort(_ target: AbortTarget, as principal: Principal) async throws -> [RunID]
}
