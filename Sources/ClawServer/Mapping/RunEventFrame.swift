import ClawCore
import ClawJSON
import ClawProtocol
import NIOCore

/// Encodes run events as frames, in both dialects.
enum RunEventFrame {
  /// The complete frame, as the bytes of a text message.
  static func bytes(of event: RunEvent, in dialect: Dialect) -> ByteBuffer {
    if case .text(let text) = event.body, dialect == .flat { return chunk(text, of: event) }
    let frame = frame(of: event, in: dialect)
    return ByteBuffer(bytes: frame.serialized())
  }

  /// The frame as a value.
  static func frame(of event: RunEvent, in dialect: Dialect) -> JSONValue {
    let (name, further) = nameAndPayload(of: event.body)
    let base: JSONObject = [
      "runId": .string(event.run.rawValue), "sessionKey": .string(event.address.key.rawValue),
      "agentId": .string(event.address.key.agentKey.rawValue),
    ]
    switch dialect {
    case .flat:
      let payload = further.merging(base) { _, base in base }
      return ["type": "event", "event": .string(name), "seq": .integer(event.seq), "payload": .object(payload)]
    case .goclaw:
      var payload = base
      payload["type"] = .string(name)
      payload["payload"] = .object(further)
      return [
        "type": "event", "event": .string(EventName.agent), "seq": .integer(event.seq), "payload": .object(payload),
      ]
    }
  }

  /// By far the most frequent frame, written directly; byte for byte the same as through a value.
  private static func chunk(_ text: String, of event: RunEvent) -> ByteBuffer {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count + 256)
    bytes += #"{"event":"chunk","payload":{"agentId":"#.utf8
    JSONValue.string(event.address.key.agentKey.rawValue).serialize(into: &bytes)
    bytes += #","content":"#.utf8
    JSONValue.string(text).serialize(into: &bytes)
    bytes += #","runId":"#.utf8
    JSONValue.string(event.run.rawValue).serialize(into: &bytes)
    bytes += #","sessionKey":"#.utf8
    JSONValue.string(event.address.key.rawValue).serialize(into: &bytes)
    bytes += #"},"seq":"#.utf8
    bytes += String(event.seq).utf8
    bytes += #","type":"event"}"#.utf8
    return ByteBuffer(bytes: bytes)
  }

  /// The event name, and the payload without run, session and agent; matches `ClawProtocol`'s payload types.
  private static func nameAndPayload(of body: RunEvent.Body) -> (String, JSONObject) {
    switch body {
    case .started(let model, let provider, let source, let attempt):
      return (
        EventName.runStarted,
        [
          "model": .string(model), "provider": .string(provider), "source": .string(source),
          "attempt": .integer(Int64(attempt)),
        ]
      )
    case .text(let text):
      return (EventName.chunk, ["content": .string(text)])
    case .thinking(let text):
      return (EventName.thinking, ["content": .string(text)])
    case .toolCall(let call):
      return (EventName.toolCall, ["name": .string(call.name), "id": .string(call.id), "arguments": call.arguments])
    case .toolResult(let id, let name, let isError, let preview, let durationMs):
      return (
        EventName.toolResult,
        [
          "name": .string(name), "id": .string(id), "is_error": .bool(isError), "preview": .string(preview),
          "durationMs": .integer(durationMs),
        ]
      )
    case .waiting(let reason, let until):
      return (EventName.runWaiting, ["for": .string(reason.rawValue), "until": .integer(until.milliseconds)])
    case .resumed: return (EventName.runResumed, [:])
    case .completed(let content, let usage, let iterations, let durationMs):
      return (
        EventName.runCompleted,
        [
          "content": .string(content), "usage": json(usage), "iterations": .integer(Int64(iterations)),
          "durationMs": .integer(durationMs),
        ]
      )
    case .failed(let failure):
      let error: JSONValue = ["code": .string(failure.code), "message": .string(failure.message)]
      return (EventName.runFailed, ["error": error])
    case .unknown(let type, let payload):
      return (type, payload.objectValue ?? (payload == .null ? [:] : ["value": payload]))
    }
  }

  private static func json(_ usage: TokenUsage) -> JSONValue {
    var value: JSONValue = [
      "prompt_tokens": .integer(Int64(usage.inputTokens)), "completion_tokens": .integer(Int64(usage.outputTokens)),
      "total_tokens": .integer(Int64(usage.totalTokens)),
    ]
    if usage.isEstimate { value["estimated"] = true }
    return value
  }
}
