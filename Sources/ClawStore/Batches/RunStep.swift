import ClawCore

/// What one step of a run adds to its session's transcript and event log, and to the run.
public struct RunStep: Sendable {
  public var messages: [TranscriptMessage.Body]
  public var events: [RunEvent.Body]
  /// Whether the transcript now contains everything that the events so far report.
  public var isInTranscript: Bool
  public var usage: TokenUsage
  public var model: String
  /// The attempt that the events start, if any.
  public var attempt: Int?
  /// Whether open tool calls end with an error.
  public var interruptsCalls = false
  /// The usage of a model call that is followed by another; nil if this step ends none.
  public var roundUsage: TokenUsage?
  /// State changes of tool calls, all of one round.
  public var calls: [ToolCallChange] = []
  /// The round of ``calls``: 1, 2, 3 … within the run.
  public var round = 0
  /// The first row of the context window from now on; nil leaves it unchanged.
  public var windowStart: Int64?
  /// Tokens charged to the budgets of the run; nil if no budget applies or nothing was spent.
  public var spent: Int?

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

  /// The text of the last answer.
  var answer: String {
    for case .assistant(let message) in messages.reversed() { return message.text }
    return ""
  }
}

/// A state change of tool calls of one round.
public enum ToolCallChange: Sendable {
  /// Requested by the model.
  case asked([NewToolCall])
  /// About to run.
  case started([String])
  /// Finished with a result. `begun` is when their tools started; nil if they did not run.
  case ended([String], as: ToolCallState, begun: Timestamp?)
  /// Waiting. `begun` is when its tool started.
  case waits(String, ToolWait, begun: Timestamp?)
}

/// The parts of a claimed run that are needed to write for it.
public struct ClaimedRun: Sendable {
  public let lease: Lease
  public let id: RunID
  public let session: SessionID
  public let address: SessionAddress
  public let agent: AgentKey
  /// Whether its outcome is to be delivered somewhere.
  public let hasReplyAddress: Bool

  public init(_ record: RunRecord, _ lease: Lease) {
    self.lease = lease
    id = record.id
    session = record.session
    address = record.address
    agent = record.agent
    hasReplyAddress = record.replyTo != nil
  }
}

/// The lease belongs to another node, or the session was deleted: nothing more may be written for this run.
public struct LeaseLost: Error {
  public init() {}
}

/// The run may not end this way: its abort was requested, or it has unread messages.
public struct EndRefused: Error {
  public init() {}
}

/// The abort was requested before the run could end in another way.
public struct AbortWins: Error {
  public init() {}
}
