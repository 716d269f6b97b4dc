import ClawJSON

/// How a message is handled while a run of its session is in progress; otherwise all three are equivalent.
public enum MessageMode: String, Sendable, Hashable, CaseIterable {
  /// It is queued.
  case queue
  /// It is added to the running run, which reads it before its next model call.
  case steer
  /// The running run is aborted; the message is queued.
  case interrupt
}

/// An incoming message, from any channel: the input of `accept`.
public struct Inbound: Sendable {
  /// The recipient.
  public var agent: AgentKey
  /// The message's session; must be one of `agent`.
  public var session: SessionKey
  /// The session's user, if an admin names another one than themselves.
  public var user: UserID?
  public var message: UserMessage
  public var mode: MessageMode
  /// Earlier messages supplied by the caller, stored before `message`; for calls without a stored session.
  public var context: [TranscriptMessage.Body]
  public var options: RunOptions
  public var lane: Lane
  /// A repeated request within 24 h gets the same answer. 1–255 bytes.
  public var idempotencyKey: String?
  /// Whether the session, if it is new, is ephemeral: kept for a short time only and not listed.
  public var isEphemeral: Bool
  /// The connection that receives this run's events, whoever owns the session.
  public var watcher: WatcherID?
  /// An additional destination of the answer; at most ``ReplyAddress/maxBytes`` long.
  public var replyTo: ReplyAddress?
  /// The run that starts this one, if any.
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

/// The receipt for a message that is durably stored and will be answered.
public struct AcceptedRun: Sendable, Hashable {
  /// The run that answers the message: its own, or the running one that it was added to.
  public let run: RunID
  public let address: SessionAddress
  /// The session's last event before the first one of this run.
  public let headSeq: Int64
  /// Whether an earlier request with the same idempotency key started the run.
  public let isRepetition: Bool
  /// The run that the message becomes if the one it was added to ends without reading it; nil if ``run`` is its own.
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
  /// Pass it as `before` for the previous page; nil at the beginning.
  public let nextBefore: Int64?
  /// Subscribing after it delivers everything that is not yet in `messages`, exactly once.
  public let resumeSeq: Int64

  public init(messages: [TranscriptMessage], nextBefore: Int64?, resumeSeq: Int64) {
    self.messages = messages
    self.nextBefore = nextBefore
    self.resumeSeq = resumeSeq
  }
}

/// The target of an abort.
public enum AbortTarget: Sendable {
  case run(RunID)
  case session(SessionKey, user: UserID?)
}

/// Sends messages to agents.
public protocol ChatService: Sendable {
  /// Stores the message and its run in one transaction; after it returns, the run is guaranteed to happen.
  /// - Throws: `notFound` for an unknown agent or model, `alreadyExists` for an idempotency key used with another
  ///   message, `resourceExhausted` over the rate limit, `unavailable` while draining or if the store can't accept it.
  func accept(_ inbound: Inbound, as principal: Principal) async throws -> AcceptedRun

  /// Waits for the end of the run, on any node, and returns its outcome. Cancellation stops the waiting, not the run.
  /// - Throws: `notFound` if it is not the principal's.
  func outcome(of run: RunID, as principal: Principal) async throws -> RunOutcome

  /// Like ``outcome(of:as:)`` for the run that answers a message, which may be another one than was named when the
  /// message was accepted.
  func outcome(of accepted: AcceptedRun, as principal: Principal) async throws -> RunOutcome

  /// Reads a transcript; that of an unknown session is empty.
  /// - Parameters:
  ///   - limit: 1–500.
  ///   - before: Only rows with a smaller `seq`.
  func history(
    of session: SessionKey, user: UserID?, limit: Int, before: Int64?, as principal: Principal
  ) async throws -> HistoryPage

  /// Aborts queued or running runs; returns them without waiting for their end.
  func abort(_ target: AbortTarget, as principal: Principal) async throws -> [RunID]
}

extension ChatService {
  public func outcome(of accepted: AcceptedRun, as principal: Principal) async throws -> RunOutcome {
    try await outcome(of: accepted.run, as: principal)
  }
}
