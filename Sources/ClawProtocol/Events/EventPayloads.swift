import ClawJSON

/// Names of the events of the contract, section 5.
public enum EventName {
  /// A run left the queue; ``RunStartedPayload``.
  public static let runStarted = "run.started"
  /// More text of the answer; ``TextPayload``. Text is joined for at most 15 ms before it is numbered.
  public static let chunk = "chunk"
  /// More of the model's reasoning, if `chat.send` asked for it; ``TextPayload``.
  public static let thinking = "thinking"
  /// A tool is about to run; ``ToolCallPayload``.
  public static let toolCall = "tool.call"
  /// A tool has answered; ``ToolResultPayload``.
  public static let toolResult = "tool.result"
  /// The run waits for a decision, another run or a date; ``RunWaitingPayload``.
  public static let runWaiting = "run.waiting"
  /// The run that waited goes on, in the same attempt; ``RunResumedPayload``.
  public static let runResumed = "run.resumed"
  /// The run's last event if it has an answer; ``RunCompletedPayload``.
  public static let runCompleted = "run.completed"
  /// The run's last event if it has none, an abort included; ``RunFailedPayload``.
  public static let runFailed = "run.failed"
  /// The gateway is about to stop; ``ShutdownPayload``. It goes to every connection and has no `seq`.
  public static let shutdown = "shutdown"
  /// A device asks to be paired; ``PairingRequestedPayload``, to those who may decide.
  public static let devicePairRequested = "device.pair.requested"
  /// A pairing was decided or has ended; ``PairingResolvedPayload``, also to the device itself.
  public static let devicePairResolved = "device.pair.resolved"
  /// The one event of the dialect `goclaw`.
  public static let agent = "agent"
}

/// What every run event says about where it belongs.
public protocol RunEventPayload: Codable, Sendable {
  /// The run, as `chat.send` answered it.
  var runId: String { get }
  /// The session whose counter `seq` belongs to: `agent:{agentId}:{rest}`.
  var sessionKey: String { get }
  /// The key of the agent that runs.
  var agentId: String { get }
}

/// A run left the queue.
public struct RunStartedPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// The model that is asked first, without its provider.
  public var model: String
  /// The configured provider of ``model``.
  public var provider: String
  /// How the message came in: `ws`, `http`, `cron` or the name of a channel.
  public var source: String
  /// 1, or more when the run is taken up again after a crash: the text of its unfinished round is void then.
  public var attempt: Int

  /// Writes the event; `runId`, `sessionKey` and `agentId` are those of the run that starts.
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
  /// What is new since the event before; never empty, and never half a character.
  public var content: String

  /// Writes one delta; the same shape serves `chunk` and `thinking`.
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
  /// The tool's name, as the model was shown it.
  public var name: String
  /// The call's id, which the ``ToolResultPayload`` repeats.
  public var id: String
  /// What the model passed, an object in most cases; secrets are masked as `***`.
  public var arguments: JSONValue

  /// Writes the event; the arguments must be masked already.
  public init(runId: String, sessionKey: String, agentId: String, name: String, id: String, arguments: JSONValue) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.name = name
    self.id = id
    self.arguments = arguments
  }
}

/// A tool has answered.
public struct ToolResultPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// The tool's name, as in the event `tool.call`.
  public var name: String
  /// The call that this answers.
  public var id: String
  /// Whether the tool failed; the model is shown its error text as the result.
  public var is_error: Bool
  /// The first 500 characters of the result at most, with secrets masked; the whole is in `chat.history`.
  public var preview: String
  /// How long the tool ran, in milliseconds.
  public var durationMs: Int64

  /// Writes the event; the preview must be cut and masked already.
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

/// A run waits, without a place in a lane, for somebody or something.
public struct RunWaitingPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// `approval`, `child` or `time`.
  public var `for`: String
  /// When it goes on at the latest, in milliseconds since 1970.
  public var until: Int64

  /// The wait of one run.
  public init(runId: String, sessionKey: String, agentId: String, for reason: String, until: Int64) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.for = reason
    self.until = until
  }
}

/// A run that waited goes on.
public struct RunResumedPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String

  /// The end of the wait of one run.
  public init(runId: String, sessionKey: String, agentId: String) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
  }
}

/// A run has its answer.
public struct RunCompletedPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  /// The whole answer: the chunks of the last round of the last attempt, concatenated.
  public var content: String
  /// Tokens of all rounds of the run.
  public var usage: Usage
  /// Rounds, that is calls of the model, from 1 on.
  public var iterations: Int
  /// From the start of the run to its end, in milliseconds.
  public var durationMs: Int64

  /// Writes the event that ends a run with an answer.
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
  /// Why it failed; the run's response carries the same code.
  public var error: Failure

  /// A code and a sentence, without a stack, path, SQL or secret.
  public struct Failure: Codable, Sendable {
    /// One of ``ErrorCode``; text, since a newer server may know more of them.
    public var code: String
    /// A sentence for people that says what can be done.
    public var message: String
    /// The code is written as it is, known to this version or not.
    public init(code: String, message: String) {
      self.code = code
      self.message = message
    }
  }

  /// Writes the event that ends a run without an answer.
  public init(runId: String, sessionKey: String, agentId: String, error: Failure) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.error = error
  }
}

/// The gateway goes away.
public struct ShutdownPayload: Codable, Sendable {
  /// Why it stops, for people.
  public var reason: String
  /// After how many milliseconds trying to connect again makes sense; 0 if nobody can say.
  public var restartExpectedMs: Int64
  /// Writes the announcement that every connection gets before it is closed.
  public init(reason: String, restartExpectedMs: Int64) {
    self.reason = reason
    self.restartExpectedMs = restartExpectedMs
  }
}
