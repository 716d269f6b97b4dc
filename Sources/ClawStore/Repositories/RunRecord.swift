import ClawCore

/// A stored run.
public struct RunRecord: Sendable, Hashable {
  public let id: RunID
  public let address: SessionAddress
  public let session: SessionID
  public let agent: AgentKey
  public let state: RunState
  public let source: String
  public let lane: Lane
  public let options: RunOptions
  /// The message it answers.
  public let messageSeq: Int64
  /// Its answer message, once there is one.
  public let answerSeq: Int64?
  /// How often it was started.
  public var attempt: Int
  public let iterations: Int
  public let usage: TokenUsage
  public let stopReason: StopReason
  public let model: String
  public let failure: RunFailure?
  public let isAbortRequested: Bool
  public let startedAt: Timestamp
  /// The sender of the message.
  public let actor: RunActor
  public let replyTo: ReplyAddress?
  /// The run that started it, and its number of ancestors.
  public let parent: RunID?
  public let depth: Int
}

/// A run to be stored.
public struct NewRun: Sendable {
  public let id: RunID
  public let address: SessionAddress
  public let session: SessionID
  public let source: String
  public let lane: Lane
  public let options: RunOptions
  public let messageSeq: Int64
  public let actor: RunActor
  public let replyTo: ReplyAddress?
  public let parent: RunID?
  public let depth: Int

  /// - Parameter actor: The sender of the message; nil for the gateway itself, on behalf of the session's user.
  public init(
    id: RunID, address: SessionAddress, session: SessionID, source: String, lane: Lane, options: RunOptions,
    messageSeq: Int64, actor: RunActor? = nil, replyTo: ReplyAddress? = nil, parent: RunID? = nil, depth: Int = 0
  ) {
    self.replyTo = replyTo
    self.parent = parent
    self.depth = depth
    self.actor = actor ?? RunActor(onBehalfOf: address.user)
    self.id = id
    self.address = address
    self.session = session
    self.source = source
    self.lane = lane
    self.options = options
    self.messageSeq = messageSeq
  }
}

/// The end of a run.
public struct RunEnd: Sendable {
  public let state: RunState
  /// Whether the session's last message is its answer.
  public let hasAnswer: Bool
  public let iterations: Int
  public let usage: TokenUsage
  public let stopReason: StopReason
  public let model: String
  public let failure: RunFailure?

  public init(
    state: RunState, hasAnswer: Bool, iterations: Int, usage: TokenUsage, stopReason: StopReason, model: String,
    failure: RunFailure?
  ) {
    self.state = state
    self.hasAnswer = hasAnswer
    self.iterations = iterations
    self.usage = usage
    self.stopReason = stopReason
    self.model = model
    self.failure = failure
  }
}
