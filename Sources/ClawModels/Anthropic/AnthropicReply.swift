import ClawCore
import ClawJSON

/// Reads the events of `/v1/messages` (https://docs.anthropic.com/en/docs/build-with-claude/streaming). Events and
/// blocks of unknown types are passed over, as the vendor asks.
///
/// An answer is complete once its `stop_reason` arrived; anything else is a cut stream.
struct AnthropicReply: ReplyDecoding {
  /// The most blocks of one answer.
  private static let blockLimit = 1024

  private let origin: ModelReference
  private var numbering: CallNumbering
  private var blocks: [Int: AnthropicBlock] = [:]
  private var usage: AnthropicUsage?
  private var stop: StopReason?
  private(set) var isDone = false

  init(origin: ModelReference, request: ModelRequest) {
    self.origin = origin
    numbering = CallNumbering(request)
  }

  mutating func decode(_ event: SSEEvent) throws(ModelFailure) -> [ModelEvent] {
    guard let body = StreamJSON.parse(event.data) else {
      if event.type == "error" { throw ModelFailure(.unavailable, detail: event.data) }
      throw ModelFailure(.malformed, detail: "a piece of the stream is not JSON")
    }
    switch body["type"]?.stringValue ?? event.type {
    case "message_start":
      count(body["message"]?["usage"])
      return []
    case "content_block_start":
      return try begin(body)
    case "content_block_delta":
      guard let index = body["index"]?.intValue, let delta = body["delta"] else { return [] }
      return blocks[index]?.take(delta) ?? []
    case "message_delta":
      count(body["usage"])
      if let reason = body["delta"]?["stop_reason"]?.stringValue { stop = Self.stopReason(reason) }
      return []
    case "message_stop":
      isDone = true
      return []
    case "error":
      throw ModelFailure(ErrorEvidence(inStream: body))
    default:
      return []
    }
  }

  mutating func decodeWhole(_ body: JSONValue) throws(ModelFailure) -> [ModelEvent] {
    if body["type"]?.stringValue == "error" { throw ModelFailure(ErrorEvidence(inStream: body)) }
    var pieces: [ModelEvent] = []
    for (index, content) in (body["content"]?.arrayValue ?? []).enumerated() {
      pieces += try begin(["index": .integer(Int64(index)), "content_block": content])
    }
    count(body["usage"])
    if let reason = body["stop_reason"]?.stringValue { stop = Self.stopReason(reason) }
    return pieces
  }

  mutating func finish() throws(ModelFailure) -> (rest: [ModelEvent], reply: ModelReply) {
    guard let stop else { throw ModelFailure(.cutStream) }
    var text = ""
    var calls: [ToolCall] = []
    var parts: [ProviderPart] = []
    for block in blocks.sorted(by: { $0.key < $1.key }).map(\.value) {
      text += block.text
      if let payload = block.privatePayload { parts.append(ProviderPart(origin: origin, payload: payload)) }
      if let call = block.call(cut: stop == .length, numbering: &numbering) { calls.append(call) }
    }
    return (
      [],
      ModelReply(
        text: text, calls: calls, providerParts: parts, usage: usage?.total,
        stopReason: stop == .stop && !calls.isEmpty ? .toolCalls : stop, model: origin)
    )
  }

  private mutating func begin(_ body: JSONValue) throws(ModelFailure) -> [ModelEvent] {
    guard let index = body["index"]?.intValue, let content = body["content_block"] else { return [] }
    guard blocks.count < Self.blockLimit else {
      throw ModelFailure(.malformed, detail: "more than \(Self.blockLimit) blocks in one answer")
    }
    let block = AnthropicBlock(content)
    blocks[index] = block
    return block.pieces
  }

  private mutating func count(_ counted: JSONValue?) {
    guard let counted, counted.objectValue != nil else { return }
    var known = usage ?? AnthropicUsage()
    known.take(counted)
    usage = known
  }

  private static func stopReason(_ reason: String) -> StopReason {
    switch reason {
    case "max_tokens", "model_context_window_exceeded": .length
    case "tool_use": .toolCalls
    case "refusal": .contentFilter
    default: .stop
    }
  }
}

/// The counts so far; later events repeat some of them with higher figures.
struct AnthropicUsage: Sendable {
  private var input = 0
  private var cacheRead = 0
  private var cacheWritten = 0
  private var output = 0

  mutating func take(_ usage: JSONValue) {
    input = usage["input_tokens"]?.intValue ?? input
    cacheRead = usage["cache_read_input_tokens"]?.intValue ?? cacheRead
    cacheWritten = usage["cache_creation_input_tokens"]?.intValue ?? cacheWritten
    output = usage["output_tokens"]?.intValue ?? output
  }

  /// The vendor counts what came from the cache, or went into it, beside the input; here it is part of it.
  var total: TokenUsage {
    TokenUsage(
      inputTokens: input &+ cacheRead &+ cacheWritten, outputTokens: output, cachedInputTokens: cacheRead)
  }
}
