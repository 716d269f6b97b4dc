import ClawCore
import ClawJSON

/// Decodes the chunks of `/chat/completions` (https://platform.openai.com/docs/api-reference/chat/streaming), and the
/// plain object that some servers send instead.
///
/// An answer is complete once a `finish_reason` or `[DONE]` was received; a stream that ends without either is
/// truncated.
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
  var isComplete: Bool { stop != nil || isDone }

  init(origin: ModelReference, quirks: ModelQuirks, request: ModelRequest) {
    self.origin = origin
    self.quirks = quirks
    numbering = CallNumbering(request)
    splitter = ThinkTagSplitter(enabled: quirks.thinksInText)
  }

  mutating func decode(_ event: SSEEvent) throws(ModelFailure) -> [ModelEvent] {
    if event.data.trimmed == "[DONE]" {
      isDone = true
      return note(splitter.finish())
    }
    guard let chunk = StreamJSON.parse(event.data) else {
      if event.type == "error" { throw ModelFailure(.unavailable, detail: event.data) }
      throw ModelFailure(.malformed, detail: "a piece of the stream is not JSON")
    }
    if event.type == "error" { throw ModelFailure(ErrorEvidence(inStream: chunk)) }
    return try take(chunk, part: "delta")
  }

  mutating func decodeWhole(_ body: JSONValue) throws(ModelFailure) -> [ModelEvent] {
    guard body["choices"]?.arrayValue != nil else {
      // Not an answer; report the provider's own message.
      throw ModelFailure(ErrorEvidence(inStream: body), otherwise: .malformed)
    }
    return try take(body, part: "message")
  }

  mutating func finish() throws(ModelFailure) -> (rest: [ModelEvent], reply: ModelReply) {
    guard isComplete else { throw ModelFailure(.cutStream) }
    let rest = note(splitter.finish())
    let (calls, extras) = assembler.calls(cut: stop == .length, numbering: &numbering)
    let wantsTools = stop == .toolCalls || !assembler.isEmpty
    if wantsTools, calls.isEmpty || assembler.hasNameless, stop != .length {
      throw ModelFailure(.unavailable, detail: "it asked for a tool without naming one")
    }
    parts.extras = extras
    // Reasoning is sent back only together with the calls it led to.
    if calls.isEmpty || quirks.reasoningReplay != .details { parts.details = nil }
    if calls.isEmpty || quirks.reasoningReplay == .never || quirks.reasoningReplay == .details { parts.reasoning = nil }
    let reason = stop ?? .stop
    return (
      rest,
      ModelReply(
        text: text, calls: calls, providerParts: parts.providerParts(origin: origin), usage: usage,
        stopReason: reason == .stop && !calls.isEmpty ? .toolCalls : reason, model: origin)
    )
  }

  private mutating func take(_ chunk: JSONValue, part: String) throws(ModelFailure) -> [ModelEvent] {
    if Self.isError(chunk) { throw ModelFailure(ErrorEvidence(inStream: chunk)) }
    if let counted = OpenAIUsage.read(chunk) { usage = counted }
    // The chunk with the usage has no choices; of several choices only the first is used.
    guard let choice = chunk["choices"]?[0] else { return [] }
    var pieces: [ModelEvent] = []
    if let delta = choice[part] ?? choice["message"] { pieces = try take(delta: delta) }
    if let reason = choice["finish_reason"]?.stringValue, !reason.isEmpty {
      stop = try StopReason(wire: reason)
      pieces += note(splitter.finish())
    }
    return pieces
  }

  /// Whether a chunk is an error, in the formats of various servers.
  private static func isError(_ chunk: JSONValue) -> Bool {
    if let error = chunk["error"], !error.isNull { return true }
    if let status = chunk["base_resp"]?["status_code"]?.intValue, status != 0 { return true }
    guard chunk["choices"] == nil, chunk["usage"] == nil else { return false }
    let isNamed = chunk["object"]?.stringValue == "error" || chunk["type"]?.stringValue == "error"
    return isNamed || chunk["success"]?.boolValue == false || chunk["errors"]?.arrayValue?.isEmpty == false
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

  /// A part of structured content, as Mistral's thinking models send it.
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
}

extension String? {
  /// Appends in place, starting from nil.
  fileprivate mutating func grow(by more: String) {
    if self == nil { self = "" }
    self?.append(more)
  }
}
