import ClawJSON
import ClawProtocol

/// Something the server tells without being asked.
public struct ServerEvent: Sendable {
  /// As it stands on the wire, such as `chunk`; see `EventName`.
  public let name: String
  /// The number of a run event in its session; nil for events that have none.
  public let seq: Int64?
  /// The payload as it came, with the fields that this version does not know.
  public let payload: JSONValue
  /// The same as a typed value.
  public let content: Content

  /// What an event says, by its name.
  public enum Content: Sendable {
    /// `run.started`: a run left the queue, or was taken up again after a crash (its `attempt` is above 1).
    case runStarted(RunStartedPayload)
    /// More text of the answer.
    case chunk(TextPayload)
    /// More of the model's reasoning; only if the message was sent with `thinking`.
    case thinking(TextPayload)
    /// `tool.call`: the model asked for a tool, which is about to run.
    case toolCall(ToolCallPayload)
    /// `tool.result`: that call has ended, well or with an error.
    case toolResult(ToolResultPayload)
    /// `run.waiting`: the run waits for a decision, another run or a date.
    case runWaiting(RunWaitingPayload)
    /// `run.resumed`: the run that waited goes on.
    case runResumed(RunResumedPayload)
    /// `run.completed`: the whole answer; the last event of a run that succeeded.
    case runCompleted(RunCompletedPayload)
    /// `run.failed`: the last event of a run that failed or was aborted (code `ABORTED`).
    case runFailed(RunFailedPayload)
    /// The gateway goes away.
    case shutdown(ShutdownPayload)
    /// An event that this version does not know, or whose payload it can't read; look at `payload`.
    case other
  }

  /// Decodes the payload by the event's name. A payload that can't be decoded makes ``Content/other``, never an error,
  /// so that a newer server does not break this client.
  public init(name: String, payload: JSONValue, seq: Int64?) {
    self.name = name
    self.payload = payload
    self.seq = seq
    content = (try? Content(name, payload)) ?? .other
  }

  /// The run it belongs to.
  public var runID: String? { payload["runId"]?.stringValue }
  /// The session it belongs to.
  public var sessionKey: String? { payload["sessionKey"]?.stringValue }
}

extension ServerEvent.Content {
  fileprivate init(_ name: String, _ payload: JSONValue) throws(JSONError) {
    switch name {
    case EventName.runStarted: self = .runStarted(try payload.decode())
    case EventName.chunk: self = .chunk(try payload.decode())
    case EventName.thinking: self = .thinking(try payload.decode())
    case EventName.toolCall: self = .toolCall(try payload.decode())
    case EventName.toolResult: self = .toolResult(try payload.decode())
    case EventName.runWaiting: self = .runWaiting(try payload.decode())
    case EventName.runResumed: self = .runResumed(try payload.decode())
    case EventName.runCompleted: self = .runCompleted(try payload.decode())
    case EventName.runFailed: self = .runFailed(try payload.decode())
    case EventName.shutdown: self = .shutdown(try payload.decode())
    default: self = .other
    }
  }
}
