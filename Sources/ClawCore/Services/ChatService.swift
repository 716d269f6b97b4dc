import ClawJSON

/// How a message goes in where a run of its session is under way; where none is, all three are the same.
public enum MessageMode: String, Sendable, Hashable, CaseIterable {
  /// It waits for its turn.
  case queue
  /// It becomes a part of the run under way, which reads it before it next calls a model.
  case steer
  /// The run under way is aborted; the message waits for its turn.
  case interrupt
}

/// A message on its way in, whatever the entrance: the one shape that `accept` takes.
public struct Inbound: Sendable {
  /// Who is spoken to.
  public var agent: AgentKey
  /// Where the message belongs; must be a session of `agent`.
  public var session: SessionKey
  /// The user whose conversation it is, if an admin names another than themselves.
  public var user: UserID?
  public var message: UserMessage
  public var mode: MessageMode
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
  /// Where the answer goes besides; at most ``ReplyAddress/maxBytes`` long.
  public var replyTo: ReplyAddress?
  /// The run that begins this one; nil if none does.
  public var parent: RunID?

  public init(
    agent: AgentKey, session: SessionKey, user: UserID? = nil, message: UserMessage, mode: MessageMode = .queue,
    context: [TranscriptMessage.Body] = [], options: RunOptions = RunOptions(), lane: Lane = .main,
    idempotencyKey: String? = nil, isEphemeral: Bool = false, watcher: WatcherID? = nil,
    replyTo: ReplyAddress? = nil, parent: RunID? = nil
  ) {
    self.agent = agent
    self.session = session
    self.user = user
    self.message = message
    self.mode = mode
    self.context = context
    self.options = options
    self.lane = lane
    self.idempotencyKey = idempotencyKey
    self.isEphemeral = isEphemeral
    self.watcher = watcher
    self.replyTo = replyTo
    self.parent = parent
  }
}

/// The receipt for a message that is stored and will be answered, come what may.
public struct AcceptedRun: Sendable, Hashable {
  /// The run that answers the message: its own, or the one under way that it was added to.
  public let run: RunID
  public let address: SessionAddress
  /// The last event of the session before this run shows any.
  public let headSeq: Int64
  /// Whether an earlier request with the same idempotency key started the run.
  public let isRepetition: Bool
  /// The run that the message becomes if the one it was added to ends without having read it; nil if ``run`` is its own.
  public let ifUnread: RunID?

  public init(
    run: RunID, address: SessionAddress, headSeq: Int64, isRepetition: Bool, ifUnread: RunID? = nil
  ) {
    self.run = run
    self.ifUnread = ifUnread
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

  /// Waits as ``outcome(of:as:)`` does for the run that answers a message, which may be another one than was said when
  /// the message was accepted.
  func outcome(of accepted: AcceptedRun, as principal: Principal) async throws -> RunOutcome

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

extension ChatService {
  public func outcome(of accepted: AcceptedRun, as principal: Principal) async throws -> RunOutcome {
    try await outcome(of: accepted.run, as: principal)
  }
}
