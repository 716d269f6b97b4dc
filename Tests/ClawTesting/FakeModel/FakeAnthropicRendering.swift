import ClawJSON

struct FakeAnthropicRendering: FakeRendering {
  private enum Open {
    case text, thinking
  }

  let model: String
  let usage: FakeReply.Usage?
  private var index = 0
  private var open: Open?

  init(model: String, usage: FakeReply.Usage?) {
    self.model = model
    self.usage = usage
  }

  private func event(_ type: String, _ members: JSONObject) -> (type: String?, data: JSONValue) {
    (type, .object(members.merging(["type": .string(type)]) { $1 }))
  }

  mutating func opening() -> [(type: String?, data: JSONValue)] {
    var message: JSONObject = [
      "id": "msg_1", "type": "message", "role": "assistant", "model": .string(model), "content": [],
      "stop_reason": .null,
    ]
    if let usage {
      message["usage"] = [
        "input_tokens": .integer(Int64(usage.input - usage.cached)),
        "cache_read_input_tokens": .integer(Int64(usage.cached)), "cache_creation_input_tokens": 0,
        "output_tokens": 1,
      ]
    }
    return [event("message_start", ["message": .object(message)]), event("ping", [:])]
  }

  mutating func piece(_ piece: FakeReply.Piece) -> [(type: String?, data: JSONValue)] {
    switch piece {
    case .text(let text):
      return begin(.text, ["type": "text", "text": ""]) + [delta(["type": "text_delta", "text": .string(text)])]
    case .thinking(let text):
      return begin(.thinking, ["type": "thinking", "thinking": "", "signature": ""])
        + [delta(["type": "thinking_delta", "thinking": .string(text)])]
    case .raw(let data):
      return [(data["type"]?.stringValue, data)]
    case .call(let id, let name, let arguments):
      var events = end()
      let block: JSONValue = ["type": "tool_use", "id": .string(id), "name": .string(name), "input": [:]]
      events.append(start(block))
      events += FakeReply.halves(arguments).map { delta(["type": "input_json_delta", "partial_json": .string($0)]) }
      events.append(event("content_block_stop", ["index": .integer(Int64(index))]))
      index += 1
      return events
    }
  }

  private mutating func begin(_ kind: Open, _ block: JSONValue) -> [(type: String?, data: JSONValue)] {
    if open == kind { return [] }
    let events = end()
    open = kind
    return events + [start(block)]
  }

  private mutating func end() -> [(type: String?, data: JSONValue)] {
    guard let kind = open else { return [] }
    var events: [(type: String?, data: JSONValue)] = []
    if kind == .thinking { events.append(delta(["type": "signature_delta", "signature": "signed-by-fake"])) }
    events.append(event("content_block_stop", ["index": .integer(Int64(index))]))
    index += 1
    open = nil
    return events
  }

  private func start(_ block: JSONValue) -> (type: String?, data: JSONValue) {
    event("content_block_start", ["index": .integer(Int64(index)), "content_block": block])
  }

  private func delta(_ delta: JSONValue) -> (type: String?, data: JSONValue) {
    event("content_block_delta", ["index": .integer(Int64(index)), "delta": delta])
  }

  mutating func closing(_ reply: FakeReply) -> [(type: String?, data: JSONValue)] {
    var members: JSONObject = ["delta": ["stop_reason": .string(Self.stopReason(reply))]]
    if let usage = reply.usage { members["usage"] = ["output_tokens": .integer(Int64(usage.output))] }
    return end() + [event("message_delta", members)]
  }

  var done: (type: String?, data: String) { ("message_stop", #"{"type":"message_stop"}"#) }

  func error(_ error: JSONValue) -> (type: String?, data: JSONValue) { event("error", ["error": error]) }

  func whole(_ reply: FakeReply) -> JSONValue {
    let content: [JSONValue] = reply.pieces.compactMap { piece in
      switch piece {
      case .text(let text): return ["type": "text", "text": .string(text)]
      case .call(let id, let name, let arguments):
        let input = (try? JSONValue(parsing: arguments)) ?? [:]
        return ["type": "tool_use", "id": .string(id), "name": .string(name), "input": input]
      case .thinking, .raw: return nil
      }
    }
    var body: JSONValue = [
      "id": "msg_1", "type": "message", "role": "assistant", "model": .string(model), "content": .array(content),
      "stop_reason": .string(Self.stopReason(reply)),
    ]
    if let usage = reply.usage {
      body["usage"] = ["input_tokens": .integer(Int64(usage.input)), "output_tokens": .integer(Int64(usage.output))]
    }
    return body
  }

  private static func stopReason(_ reply: FakeReply) -> String {
    switch reply.finishReason {
    case "length": "max_tokens"
    case "tool_calls": "tool_use"
    case "content_filter": "refusal"
    default: "end_turn"
    }
  }
}
