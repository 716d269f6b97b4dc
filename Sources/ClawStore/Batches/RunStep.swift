import ClawCore

/// What one step of a run adds to its session's transcript and log, and to the run itself.
public struct RunStep: Sendable {
  public var messages: [TranscriptMessage.Body]
  public var events: [RunEvent.Body]
  /// Whether the transcript now holds all that the events up to here told.
  public var isInTranscript: Bool
  public var usage: TokenUsage
  public var model: String
  /// The attempt that the events begin, if they begin one.
  public var attempt: Int?
  /// Whether the calls of tools that are open get no result but an error.
  public var interruptsCalls = false
  /// The usage of a model call that is followed by another one; nil if this step ends none.
  public var roundUsage: TokenUsage?
  /// What happened to calls of tools, all of them of one round.
  public var calls: [ToolCallChange] = []
  /// The round of ``calls``: 1, 2, 3 … within the run.
  public var round = 0
  /// The first row of the window from now on; nil leaves it where it is.
  public var windowStart: Int64?

  public init(
    messages: [TranscriptMessage.Body] = [], events: [RunEvent.Body] = [], isInTranscript: Bool = false,
    usage: TokenUsage = TokenUsage(), model: String = ""
  ) {
    self.messages = messages
    self.events = events
    self.isInTranscript = isInTranscript
    self.usage = usage
    self.model = model
  }

  /// The text of its last answer.
  var answer: String {
    for case .assistant(let message) in messages.reversed() { return message.text }
    return ""
  }
}

/// What happened to calls of tools of one round.
public enum ToolCallChange: Sendable {
  /// The model has asked for them.
  case asked([NewToolCall])
  /// Their tools are about to run.
  case started([String])
  /// They have a result. `begun` is when their tools began; nil if they did not run.
  case ended([String], as: ToolCallState, begun: Timestamp?)
  /// One waits. `begun` is when its tool began.
  case waits(String, ToolWait, begun: Timestamp?)
}

/// A claimed run, as far as writing for it needs it.
public struct ClaimedRun: Sendable {
  public let lease: Lease
  public let id: RunID
  public let session: SessionID
  public let address: SessionAddress
  /// Whether its outcome is to be sent somewhere.
  public let hasReplyAddress: Bool

  public init(_ record: RunRecord, _ lease: Lease) {
    self.lease = lease
    id = record.id
    session = record.session
    address = record.address
    hasReplyAddress = record.replyTo != nil
  }
}

/// The lease is another node's by now, or its session is gone: nothing may be written for this run any more.
public struct LeaseLost: Error {
  public init() {}
}

/// The run may not end as it was to: somebody has asked to abort it, or has said something that it has not read.
public struct EndRefused: Error {
  public init() {}
}

/// The run was to end otherwise, but somebody has asked to abort it before.
public struct AbortWins: Error {
  public init() {}
}
