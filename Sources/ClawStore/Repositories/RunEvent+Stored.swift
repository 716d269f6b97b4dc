import ClawCore
import ClawJSON

/// Names of event types in the log. They are independent of the names on the wire. A type that is added must be stored
/// with its name and payload on the wire, since a node of an older version passes it on as stored.
enum StoredEventType: String {
  case started, text, thinking, toolCall = "tool_call", toolResult = "tool_result", completed, failed
  // Stored with their names and payloads on the wire, see above.
  case waiting = "run.waiting"
  case resumed = "run.resumed"
}

extension RunEvent.Body {
  /// The stored type and JSON of an event.
  var stored: (type: String, body: JSONValue) {
    if case .unknown(let type, let payload) = self { return (type, payload) }
    guard let (type, body) = known else { return ("", .null) }
    return (type.rawValue, body.objectValue.map { .object(NewerFormat.object($0)) } ?? body)
  }

  private var known: (StoredEventType, JSONValue)? {
    switch self {
    case .started(let model, let provider, let source, let attempt):
      return (
        .started,
        ["m": .string(model), "p": .string(provider), "s": .string(source), "n": .integer(Int64(attempt))]
      )
    case .text(let text): return (.text, .string(text))
    case .thinking(let text): return (.thinking, .string(text))
    case .toolCall(let call):
      return (.toolCall, ["id": .string(call.id), "name": .string(call.name), "arguments": call.arguments])
    case .toolResult(let id, let name, let isError, let preview, let duration):
      return (
        .toolResult,
        [
          "id": .string(id), "name": .string(name), "error": .bool(isError), "preview": .string(preview),
          "ms": .integer(duration),
        ]
      )
    case .waiting(let reason, let until):
      return (.waiting, ["for": .string(reason.rawValue), "until": .integer(until.milliseconds)])
    case .resumed: return (.resumed, [:])
    case .completed(let content, let usage, let iterations, let duration):
      var value: JSONValue = [
        "content": .string(content), "in": .integer(Int64(usage.inputTokens)),
        "out": .integer(Int64(usage.outputTokens)), "cached": .integer(Int64(usage.cachedInputTokens)),
        "n": .integer(Int64(iterations)), "ms": .integer(duration),
      ]
      if usage.isEstimate { value["estimate"] = true }
      return (.completed, value)
    case .failed(let failure):
      var value: JSONValue = ["code": .string(failure.code), "message": .string(failure.message)]
      value["retry"] = failure.retryAfterMs.map { .integer($0) }
      value["reason"] = failure.reason.map { .string($0) }
      return (.failed, value)
    case .unknown: return nil
    }
  }

  /// Decodes events of any version: an unknown one is passed on unchanged.
  init(type: String, stored value: JSONValue) {
    func text(_ key: String) -> String { value[key]?.stringValue ?? "" }
    func int(_ key: String) -> Int { value[key]?.intValue ?? 0 }
    switch StoredEventType(rawValue: type) {
    case .started:
      self = .started(model: text("m"), provider: text("p"), source: text("s"), attempt: int("n"))
    case .text: self = .text(value.stringValue ?? "")
    case .thinking: self = .thinking(value.stringValue ?? "")
    case .toolCall:
      self = .toolCall(ToolCall(id: text("id"), name: text("name"), arguments: value["arguments"] ?? [:]))
    case .toolResult:
      self = .toolResult(
        id: text("id"), name: text("name"), isError: value["error"]?.boolValue ?? false, preview: text("preview"),
        durationMs: Int64(int("ms")))
    case .waiting:
      guard let reason = WaitReason(rawValue: text("for")) else {
        self = .unknown(type: type, payload: value)
        return
      }
      self = .waiting(for: reason, until: Timestamp(milliseconds: Int64(int("until"))))
    case .resumed: self = .resumed
    case .completed:
      let usage = TokenUsage(
        inputTokens: int("in"), outputTokens: int("out"), cachedInputTokens: int("cached"),
        isEstimate: value["estimate"]?.boolValue ?? false)
      self = .completed(
        content: text("content"), usage: usage, iterations: int("n"), durationMs: Int64(int("ms")))
    case .failed:
      self = .failed(
        RunFailure(
          code: text("code"), message: text("message"), retryAfterMs: value["retry"]?.intValue.map { Int64($0) },
          reason: value["reason"]?.stringValue))
    case nil:
      self = .unknown(type: type, payload: value)
    }
  }
}
