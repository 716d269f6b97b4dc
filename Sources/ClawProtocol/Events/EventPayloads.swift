import ClawJSON

/// Names of the events of the contract, section 5.
public enum EventName {
  public static let runStarted = "run.started"
  public static let chunk = "chunk"
  public static let thinking = "thinking"
  public static let toolCall = "tool.call"
  public static let toolResult = "tool.result"
  public static let runCompleted = "run.completed"
  public static let runFailed = "run.failed"
  public static let shutdown = "shutdown"
  public static let devicePairRequested = "device.pair.requested"
  public static let devicePairResolved = "device.pair.resolved"
  /// The one event of the dialect `goclaw`.
  public static let agent = "agent"
}

/// What every run event says about where it belongs.
public protocol RunEventPayload: Codable, Sendable {
  var runId: String { get }
  var sessionKey: String { get }
  var agentId: String { get }
}

/// A run left the queue.
public struct RunStartedPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  public var model: String
  public var provider: String
  public var source: String
  public var attempt: Int

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
  public var content: String

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
  public var name: String
  public var id: String
  public var arguments: JSONValue

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
  public var name: String
  public var id: String
  public var is_error: Bool
  public var preview: String
  public var durationMs: Int64

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

/// A run has its answer.
public struct RunCompletedPayload: RunEventPayload {
  public var runId, sessionKey, agentId: String
  public var content: String
  public var usage: Usage
  public var iterations: Int
  public var durationMs: Int64

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
  public var error: Failure

  public struct Failure: Codable, Sendable {
    public var code: String
    public var message: String
    public init(code: String, message: String) {
      self.code = code
      self.message = message
    }
  }

  public init(runId: String, sessionKey: String, agentId: String, error: Failure) {
    self.runId = runId
    self.sessionKey = sessionKey
    self.agentId = agentId
    self.error = error
  }
}

/// The gateway goes away.
public struct ShutdownPayload: Codable, Sendable {
  public var reason: String
  public var restartExpectedMs: Int64
  public init(reason: String, restartExpectedMs: Int64) {
    self.reason = reason
    self.restartExpectedMs = restartExpectedMs
  }
}
