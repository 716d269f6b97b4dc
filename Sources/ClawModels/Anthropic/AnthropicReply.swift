import ClawCore
import ClawJSON

/// Decodes the events of `/v1/messages` (https://docs.anthropic.com/en/docs/build-with-claude/streaming). Events and
/// blocks of unknown types are ignored, as the vendor requires.
///
/// An answer is complete once its `stop_reason` or `message_stop` was received; a stream that ends without either is
/// truncated.
struct AnthropicReply: ReplyDecoding {
  /// Most blocks of one answer.
  private static let blockLimit = 1024

  private let origin: ModelReference
  private var numbering: CallNumbering
  /// In order of their start.
  private var blocks: [AnthropicBlock] = []
  /// The block that an index currently refers to: servers that imitate the vendor reuse indices.
  private var places: [Int: Int] = [:]
  /// In the order shown.
  private var text = ""
  private var usage: AnthropicUsage?
  private var stop: StopReason?
  private(set) var isDone = false
  var isComplete: Bool { stop != nil || isDone }

  init(origin: ModelReference, request: ModelRequest) {
    self.origin = origin
    numbering = CallNumbering(request)
  }

  mutating func decode(_ event: SSEEvent) throws(ModelFailure) -> [ModelEvent] {
    if event.data.trimmed == "[DONE]" {
      isDone = true
      return []
    }
    guard let body = StreamJSON.parse(event.data) else {
      if event.type == "error" { throw ModelFailure(.unavailable, detail: event.data) }
      throw ModelFailure(.malformed, detail: "a piece of the stream is not JSON")
    }
    if let error = body["error"], !error.isNull { throw ModelFailure(ErrorEvidence(inStream: body)) }
    switch body["type"]?.stringValue ?? event.type {
    case "message_start":
      count(body["message"]?["usage"])
      return []
    case "content_block_start":
      guard let content = body["content_block"] else { return [] }
      return try begin(AnthropicBlock(content), at: body["index"]?.intValue)
    case "content_block_delta":
      return try take(body)
    case "message_delta":
      count(body["usage"])
      if let reason = body["delta"]?["stop_reason"]?.stringValue { stop = try StopReason(wire: reason) }
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
    guard let contents = body["content"]?.arrayValue, body["type"]?.stringValue != "error" else {
      throw ModelFailure(ErrorEvidence(inStream: body), otherwise: .malformed)
    }
    var pieces: [ModelEvent] = []
    for (index, content) in contents.enumerated() { pieces += try begin(AnthropicBlock(content), at: index) }
    count(body["usage"])
    if let reason = body["stop_reason"]?.stringValue { stop = try StopReason(wire: reason) }
    return pieces
  }

  mutating func finish() throws(ModelFailure) -> (rest: [ModelEvent], reply: ModelReply) {
    guard isComplete else { throw ModelFailure(.cutStream) }
    var calls: [ToolCall] = []
    var payloads: [JSONValue] = []
    var order: [AnthropicOrder.Item] = []
    for block in blocks {
      if let payload = block.privatePayload {
        payloads.append(payload)
        order.append(.part)
      } else if let call = block.call(cut: stop == .length, numbering: &numbering) {
        calls.append(call)
        order.append(.call)
      } else if !block.text.isEmpty {
        order.append(.text(block.text.utf8.count))
      }
    }
    let wanted = blocks.count { $0.isCall }
    if stop != .length, wanted > calls.count || (stop == .toolCalls && calls.isEmpty) {
      throw ModelFailure(.unavailable, detail: "it asked for a tool without naming one")
    }
    // Interleaved blocks have no order by which the text could be split.
    if !payloads.isEmpty, blocks.map(\.text).joined() == text, let payload = AnthropicOrder.payload(of: order) {
      payloads.append(payload)
    }
    let reason = stop ?? .stop
    return (
      [],
      ModelReply(
        text: text, calls: calls, providerParts: payloads.map { ProviderPart(origin: origin, payload: $0) },
        usage: usage?.total, stopReason: reason == .stop && !calls.isEmpty ? .toolCalls : reason, model: origin)
    )
  }

  private mutating func take(_ body: JSONValue) throws(ModelFailure) -> [ModelEvent] {
    guard let delta = body["delta"] else { return [] }
    let index = body["index"]?.intValue
    if let place = place(of: index), blocks[place].accepts(delta) { return note(blocks[place].take(delta)) }
    guard let block = AnthropicBlock(openedBy: delta) else { return [] }
    _ = try begin(block, at: index)
    return note(blocks[blocks.count - 1].take(delta))
  }

  private func place(of index: Int?) -> Int? {
    guard let index else { return blocks.indices.last }
    return places[index]
  }

  /// A start at an index that was used before is a further block.
  private mutating func begin(_ block: AnthropicBlock, at index: Int?) throws(ModelFailure) -> [ModelEvent] {
    guard blocks.count < Self.blockLimit else {
      throw ModelFailure(.malformed, detail: "more than \(Self.blockLimit) blocks in one answer")
    }
    if let index { places[index] = blocks.count }
    blocks.append(block)
    return note(block.pieces)
  }

  private mutating func note(_ pieces: [ModelEvent]) -> [ModelEvent] {
    for case .text(let more) in pieces { text += more }
    return pieces
  }

  private mutating func count(_ counted: JSONValue?) {
    guard let counted, counted.objectValue != nil else { return }
    var known = usage ?? AnthropicUsage()
    known.take(counted)
    usage = known
  }
}

/// Token counts so far; later events repeat some of them with higher values.
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

  /// The vendor counts cache reads and writes separately from the input; here they are part of it.
  var total: TokenUsage {
    TokenUsage(
      inputTokens: input &+ cacheRead &+ cacheWritten, outputTokens: output, cachedInputTokens: cacheRead)
  }
}
