import ClawJSON

struct FakeOpenAIRendering: FakeRendering {
  let model: String
  private var calls = 0

  init(model: String) {
    self.model = model
  }

  private func chunk(_ delta: JSONValue, finish: JSONValue = .null) -> (type: String?, data: JSONValue) {
    (
      nil,
      [
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": .string(model),
        "choices": [["index": 0, "delta": delta, "finish_reason": finish]],
      ]
    )
  }

  mutating func opening() -> [(type: String?, data: JSONValue)] {
    [chunk(["role": "assistant", "content": ""])]
  }

  mutating func piece(_ piece: FakeReply.Piece) -> [(type: String?, data: JSONValue)] {
    switch piece {
    case .text(let text): return [chunk(["content": .string(text)])]
    case .thinking(let text): return [chunk(["reasoning_content": .string(text)])]
    case .raw(let delta): return [chunk(delta)]
    case .call(let id, let name, let arguments):
      let index = JSONValue.integer(Int64(calls))
      calls += 1
      let head: JSONValue = [
        "index": index, "id": .string(id), "type": "function",
        "function": ["name": .string(name), "arguments": ""],
      ]
      return [chunk(["tool_calls": .array([head])])]
        + FakeReply.halves(arguments).map { half in
          chunk(["tool_calls": [["index": index, "function": ["arguments": .string(half)]]]])
        }
    }
  }

  mutating func closing(_ reply: FakeReply) -> [(type: String?, data: JSONValue)] {
    var events = [chunk([:], finish: .string(reply.finishReason))]
    if let usage = reply.usage {
      events.append((nil, ["object": "chat.completion.chunk", "choices": [], "usage": Self.usage(usage)]))
    }
    return events
  }

  var done: (type: String?, data: String) { (nil, "[DONE]") }

  func error(_ error: JSONValue) -> (type: String?, data: JSONValue) { (nil, ["error": error]) }

  func whole(_ reply: FakeReply) -> JSONValue {
    var message: JSONValue = ["role": "assistant", "content": .string(reply.wholeText)]
    let calls: [JSONValue] = reply.pieces.compactMap { piece in
      guard case .call(let id, let name, let arguments) = piece else { return nil }
      return [
        "id": .string(id), "type": "function",
        "function": ["name": .string(name), "arguments": .string(arguments)],
      ]
    }
    if !calls.isEmpty { message["tool_calls"] = .array(calls) }
    var body: JSONValue = [
      "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": .string(model),
      "choices": [["index": 0, "message": message, "finish_reason": .string(reply.finishReason)]],
    ]
    if let usage = reply.usage { body["usage"] = Self.usage(usage) }
    return body
  }

  private static func usage(_ usage: FakeReply.Usage) -> JSONValue {
    [
      "prompt_tokens": .integer(Int64(usage.input)), "completion_tokens": .integer(Int64(usage.output)),
      "total_tokens": .integer(Int64(usage.input + usage.output)),
      "prompt_tokens_details": ["cached_tokens": .integer(Int64(usage.cached))],
    ]
  }
}
