import ClawJSON
import ClawProtocol

/// Something the server tells without being asked.
public struct ServerEvent: Sendable {
  /// As it stands on the wire, such as `chunk`; see `EventName`.
  public let name: String
  /// The number of a run event in its session; nil for events that have none.
  public let seq: Int64?
  public let payload: JSONValue
  /// The same as a typed value.
  public let content: Content

  /// What an event says, by its name.
  public enum Content: Sendable {
    case runStarted(RunStartedPayload)
    /// More text of the answer.
    case chunk(TextPayload)
    case thinking(TextPayload)
    case toolCall(ToolCallPayload)
    case toolResult(ToolResultPayload)
    case runCompleted(RunCompletedPayload)
    case runFailed(RunFailedPayload)
    /// The gateway goes away.
    case shutdown(ShutdownPayload)
    /// An event that this version does not know, or whose payload it can't read; look at `payload`.
    case other
  }

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
    case EventName.runCompleted: self = .runCompleted(try payload.decode())
    case EventName.runFailed: self = .runFailed(try payload.decode())
    case EventName.shutdown: self = .shutdown(try payload.decode())
    default: self = .other
    }
  }
}
