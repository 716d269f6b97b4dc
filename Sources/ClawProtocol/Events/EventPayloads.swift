import ClawJSON

/// Names of the events of the contract, section 5.
public enum EventName {
  /// A run left the queue; ``RunStartedPayload``.
  public static let runStarted = "run.started"
  /// More text of the answer; ``TextPayload``. Deltas are coalesced for at most 15 ms before they get a number.
  public static let chunk = "chunk"
  /// More of the model's reasoning, if `chat.send` asked for it; ``TextPayload``.
  public static let thinking = "thinking"
  /// A tool is about to run; ``ToolCallPayload``.
  public static let toolCall = "tool.call"
  /// A tool has returned; ``ToolResultPayload``.
  public static let toolResult = "tool.result"
  /// The run waits for a decision, another run or a date; ``RunWaitingPayload``.
  public static let runWaiting = "run.waiting"
  /// The waiting run continues, in the same attempt; ``RunResumedPayload``.
  public static let runResumed = "run.resumed"
  /// The last event of a run with an answer; ``RunCompletedPayload``.
  public static let runCompleted = "run.completed"
  /// The last event of a run without an answer, including an aborted one; ``RunFailedPayload``.
  public static let runFailed = "run.failed"
  /// The gateway is about to stop; ``ShutdownPayload``. Sent to every connection, without a `seq`.
  public static let shutdown = "shutdown"
  /// A device requests a pairing; ``PairingRequestedPayload``, sent to those who may decide.
  public static let devicePairRequested = "device.pair.requested"
  /// A pairing was decided or has ended; ``PairingResolvedPayload``, also sent to the device itself.
  public static let devicePairResolved = "device.pair.resolved"
  /// The only event of the dialect `goclaw`.
  public static let agent = "agent"
}

/// The fields common to all run events.
public protocol RunEventPayload: Codable, Sendable {
  /// The run, as in the response to `chat.send`.
  var runId: String { get }
  /// The session whose counter numbers `seq`: `agent:{agentId}:{rest}`.
  var sessionKey: String { get }
  /// The key of the run's agent.
  var agentId: String { get }
}

/// A run left the queue.
public struct RunStartedPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// The model that is tried first, without its provider.
  public var model: String
  /// The configured provider of ``model``.
  public var provider: String
  /// The channel of the message: `ws`, `http`, `cron` or the name of a channel.
  public var source: String
  /// 1, or more if the run was restarted after a crash: the text of its unfinished round is then void.
  public var attempt: Int

  /// Creates the event; `runId`, `sessionKey` and `agentId` are those of the run that starts.
  public init(
    runId: String, sessionKey: String, agentId: String, model: String, provider: String, source: String, attempt: Int
  ) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.model = model
    self.provider = provider
    self.source = source
    self.attempt = attempt
  }
}

/// More text (`chunk`) or reasoning (`thinking`).
public struct TextPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// The text added since the previous event; never empty, and never part of a character.
  public var content: String

  /// Creates one delta, for `chunk` or `thinking`.
  public init(runId: String, sessionKey: String, agentId: String, content: String) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.content = content
  }
}

/// A tool is about to run.
public struct ToolCallPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// The tool's name, as the model sees it.
  public var name: String
  /// The call's id, which the ``ToolResultPayload`` repeats.
  public var id: String
  /// The model's arguments, usually an object; secrets are masked as `***`.
  public var arguments: JSONValue

  /// Creates the event; the arguments must already be masked.
  public init(runId: String, sessionKey: String, agentId: String, name: String, id: String, arguments: JSONValue) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.name = name
    self.id = id
    self.arguments = arguments
  }
}

/// A tool has returned.
public struct ToolResultPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// The tool's name, as in the event `tool.call`.
  public var name: String
  /// The call that this result belongs to.
  public var id: String
  /// Whether the tool failed; the model gets the error text as the result.
  public var is_error: Bool
  /// At most the first 500 characters of the result, with secrets masked; `chat.history` has the complete result.
  public var preview: String
  /// How long the tool ran, in milliseconds.
  public var durationMs: Int64

  /// Creates the event; the preview must already be truncated and masked.
  public init(
    runId: String, sessionKey: String, agentId: String, name: String, id: String, is_error: Bool, preview: String,
    durationMs: Int64
  ) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.name = name
    self.id = id
    self.is_error = is_error
    self.preview = preview
    self.durationMs = durationMs
  }
}

/// A run waits for a decision or an event, without occupying a slot.
public struct RunWaitingPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// `approval`, `child` or `time`.
  public var `for`: String
  /// The deadline of the wait, in milliseconds since 1970.
  public var until: Int64

  /// Creates the event for the wait of one run.
  public init(runId: String, sessionKey: String, agentId: String, for reason: String, until: Int64) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.for = reason
    self.until = until
  }
}

/// A waiting run continues.
public struct RunResumedPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String

  /// Creates the event for the end of a wait.
  public init(runId: String, sessionKey: String, agentId: String) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
  }
}

/// A run has its answer.
public struct RunCompletedPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// The complete answer: the concatenated chunks of the last round of the last attempt.
  public var content: String
  /// Tokens of all rounds of the run.
  public var usage: Usage
  /// Number of rounds, that is model calls, from 1 on.
  public var iterations: Int
  /// From the start of the run to its end, in milliseconds.
  public var durationMs: Int64

  /// Creates the event that ends a run with an answer.
  public init(
    runId: String, sessionKey: String, agentId: String, content: String, usage: Usage, iterations: Int,
    durationMs: Int64
  ) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.content = content
    self.usage = usage
    self.iterations = iterations
    self.durationMs = durationMs
  }
}

/// A run ended without an answer.
public struct RunFailedPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// Why it failed; the run's response has the same code.
  public var error: Failure

  /// A code and a sentence, without a stack, path, SQL or secret.
  public struct Failure: Codable, Sendable {
    /// One of ``ErrorCode``; a string, since a newer server may have more of them.
    public var code: String
    /// An actionable message for users.
    public var message: String
    /// The code is written unchanged, whether this version knows it or not.
    public init(code: String, message: String) {
      self.code = code
      self.message = message
    }
  }

  /// Creates the event that ends a run without an answer.
  public init(runId: String, sessionKey: String, agentId: String, error: Failure) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.error = error
  }
}

/// The gateway is about to stop.
public struct ShutdownPayload: Codable, Sendable {
  /// Why it stops, for users.
  public var reason: String
  /// Milliseconds after which a reconnect may succeed; 0 if unknown.
  public var restartExpectedMs: Int64
  /// Creates the announcement that every connection gets before it is closed.
  public init(reason: String, restartExpectedMs: Int64) {
    self.reason = reason
    self.restartExpectedMs = restartExpectedMs
  }
}
