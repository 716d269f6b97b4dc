import ClawCore
import ClawJSON

/// Reads the chunks of `/chat/completions` (https://platform.openai.com/docs/api-reference/chat/streaming), and the
/// plain object that some servers answer instead.
///
/// An answer is complete once a `finish_reason` arrived and the stream ended or said `[DONE]`; anything else is a cut
/// stream.
struct OpenAIReply: ReplyDecoding {
  private let origin: ModelReference
  private let quirks: ModelQuirks
  private var numbering: CallNumbering
  private var splitter: ThinkTagSplitter
  private var text = ""
  private var assembler = OpenAICallAssembler()
  private var parts = OpenAIPrivateParts()
  private var usage: TokenUsage?
  private var stop: StopReason?
  private(set) var isDone = false

  init(origin: ModelReference, quirks: ModelQuirks, request: ModelRequest) {
    self.origin = origin
    self.quirks = quirks
    numbering = CallNumbering(request)
    splitter = ThinkTagSplitter(enabled: quirks.thinksInText)
  }

  mutating func decode(_ event: SSEEvent) throws(ModelFailure) -> [ModelEvent] {
    if event.data.trimmed == "[DONE]" {
      isDone = true
      return []
    }
    guard let chunk = StreamJSON.parse(event.data) else {
      if event.type == "error" { throw ModelFailure(.unavailable, detail: event.data) }
      throw ModelFailure(.malformed, detail: "a piece of the stream is not JSON")
    }
    if event.type == "error" { throw ModelFailure(ErrorEvidence(inStream: chunk)) }
    return try take(chunk, part: "delta")
  }

  mutating func decodeWhole(_ body: JSONValue) throws(ModelFailure) -> [ModelEvent] {
    try take(body, part: "message")
  }

  mutating func finish() throws(ModelFailure) -> (rest: [ModelEvent], reply: ModelReply) {
    guard let stop else { throw ModelFailure(.cutStream) }
    let rest = note(splitter.finish())
    let (calls, extras) = assembler.calls(cut: stop == .length, numbering: &numbering)
    parts.extras = extras
    // Reasoning is only ever given back together with the calls it led to.
    if calls.isEmpty || quirks.reasoningReplay != .details { parts.details = nil }
    if calls.isEmpty || quirks.reasoningReplay == .never || quirks.reasoningReplay == .details { parts.reasoning = nil }
    let reason = stop == .stop && !calls.isEmpty ? .toolCalls : stop
    return (
      rest,
      ModelReply(
        text: text, calls: calls, providerParts: parts.providerParts(origin: origin), usage: usage, stopReason: reason,
        model: origin)
    )
  }

  private mutating func take(_ chunk: JSONValue, part: String) throws(ModelFailure) -> [ModelEvent] {
    if let error = chunk["error"], !error.isNull { throw ModelFailure(ErrorEvidence(inStream: chunk)) }
    if let status = chunk["base_resp"]?["status_code"]?.intValue, status != 0 {
      throw ModelFailure(ErrorEvidence(inStream: chunk))
    }
    if let counted = OpenAIUsage.read(chunk) { usage = counted }
    // The chunk with the usage has no choices; with several choices only the first is ours.
    guard let choice = chunk["choices"]?[0] else { return [] }
    var pieces: [ModelEvent] = []
    if let delta = choice[part] ?? choice["message"] { pieces = try take(delta: delta) }
    if let reason = choice["finish_reason"]?.stringValue, !reason.isEmpty { stop = try Self.stopReason(reason) }
    return pieces
  }

  private mutating func take(delta: JSONValue) throws(ModelFailure) -> [ModelEvent] {
    var pieces: [ModelEvent] = []
    if let details = delta["reasoning_details"]?.arrayValue { parts.merge(details: details) }
    if let thought = delta["reasoning_content"]?.stringValue ?? delta["reasoning"]?.stringValue, !thought.isEmpty {
      pieces.append(.thinking(thought))
    }
    switch delta["content"] {
    case .string(let content)?: pieces += splitter.push(content)
    case .array(let items)?: for item in items { pieces += contentPart(item) }
    default: break
    }
    if let refusal = delta["refusal"]?.stringValue, !refusal.isEmpty { pieces.append(.text(refusal)) }
    for call in delta["tool_calls"]?.arrayValue ?? [] { try assembler.push(call) }
    if let call = delta["function_call"], call.objectValue != nil {
      try assembler.push(["function": call, "index": 0])
    }
    return note(pieces)
  }

  /// A part of a content in parts, as Mistral's thinking models send it.
  private mutating func contentPart(_ item: JSONValue) -> [ModelEvent] {
    if let text = item["text"]?.stringValue { return splitter.push(text) }
    let thoughts = item["thinking"]?.arrayValue?.compactMap { $0["text"]?.stringValue } ?? []
    let thought = thoughts.joined()
    return thought.isEmpty ? [] : [.thinking(thought)]
  }

  private mutating func note(_ pieces: [ModelEvent]) -> [ModelEvent] {
    for piece in pieces {
      switch piece {
      case .text(let more): text += more
      case .thinking(let more): parts.reasoning.grow(by: more)
      }
    }
    return pieces
  }

  private static func stopReason(_ reason: String) throws(ModelFailure) -> StopReason {
    switch reason.lowercased() {
    case "length", "max_tokens", "model_length", "max_output_tokens": return .length
    case "tool_calls", "function_call", "tool_use": return .toolCalls
    case "content_filter", "safety", "recitation", "refusal": return .contentFilter
    case "error", "insufficient_system_resource":
      throw ModelFailure(.unavailable, detail: "the provider ended the answer with an error")
    default: return .stop
    }
  }
}

extension String? {
  /// Appends in place, beginning with nothing.
  fileprivate mutating func grow(by more: String) {
    if self == nil { self = "" }
    self?.append(more)
  }
}
