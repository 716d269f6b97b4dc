import ClawJSON
import ClawProtocol

/// An event that the server sends unasked.
public struct ServerEvent: Sendable {
  /// Its name on the wire, such as `chunk`; see `EventName`.
  public let name: String
  /// The number of a run event in its session; nil for other events.
  public let seq: Int64?
  /// The payload as received, including fields unknown to this version.
  public let payload: JSONValue
  /// The payload as a typed value.
  public let content: Content

  /// Typed payloads by event name.
  public enum Content: Sendable {
    /// `run.started`: a run left the queue, or was resumed after a crash (its `attempt` is above 1).
    case runStarted(RunStartedPayload)
    /// More text of the answer.
    case chunk(TextPayload)
    /// More of the model's reasoning; only if the message was sent with `thinking`.
    case thinking(TextPayload)
    /// `tool.call`: the model requested a tool call, which is about to run.
    case toolCall(ToolCallPayload)
    /// `tool.result`: the call ended, successfully or with an error.
    case toolResult(ToolResultPayload)
    /// `run.waiting`: the run waits for a decision, another run or a date.
    case runWaiting(RunWaitingPayload)
    /// `run.resumed`: the waiting run continues.
    case runResumed(RunResumedPayload)
    /// `run.completed`: the whole answer; the last event of a run that succeeded.
    case runCompleted(RunCompletedPayload)
    /// `run.failed`: the last event of a run that failed or was aborted (code `ABORTED`).
    case runFailed(RunFailedPayload)
    /// The gateway is shutting down.
    case shutdown(ShutdownPayload)
    /// An event unknown to this version, or one whose payload it can't decode; see `payload`.
    case other
  }

  /// Decodes the payload by the event's name. An undecodable payload becomes ``Content/other``, never an error, so that
  /// a newer server does not break this client.
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
