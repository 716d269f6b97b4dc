import ClawCore
import ClawJSON

/// Decodes a provider's response into events and, at the end, into the complete answer. One per attempt.
protocol ReplyDecoding: Sendable {
  /// Whether the provider has marked the end of the stream.
  var isDone: Bool { get }

  /// Whether the provider has sent a finish reason. The answer is then complete; at most the usage is still expected.
  var isComplete: Bool { get }

  /// Decodes an event of the stream into pieces; with the one that completes the answer, also text held back.
  mutating func decode(_ event: SSEEvent) throws(ModelFailure) -> [ModelEvent]

  /// Decodes an answer sent as a whole, although a stream was requested.
  mutating func decodeWhole(_ body: JSONValue) throws(ModelFailure) -> [ModelEvent]

  /// The pieces held back, and the answer.
  /// - Throws: ``ModelFailure`` of kind `cutStream` if there was no finish reason.
  mutating func finish() throws(ModelFailure) -> (rest: [ModelEvent], reply: ModelReply)
}

/// A reply to which the gateway applies the caller's stop sequences.
struct StoppedReply<Inner: ReplyDecoding>: ReplyDecoding {
  private var inner: Inner
  private var cutter: StopCutter
  private var text = ""
  private let origin: ModelReference

  init(_ inner: Inner, cutter: StopCutter, origin: ModelReference) {
    self.inner = inner
    self.cutter = cutter
    self.origin = origin
  }

  var isDone: Bool { cutter.isCut || inner.isDone }
  var isComplete: Bool { cutter.isCut || inner.isComplete }

  mutating func decode(_ event: SSEEvent) throws(ModelFailure) -> [ModelEvent] {
    let pieces = try inner.decode(event)
    return shown(pieces) + (inner.isComplete ? rest() : [])
  }

  mutating func decodeWhole(_ body: JSONValue) throws(ModelFailure) -> [ModelEvent] {
    let pieces = try inner.decodeWhole(body)
    return shown(pieces) + (inner.isComplete ? rest() : [])
  }

  mutating func finish() throws(ModelFailure) -> (rest: [ModelEvent], reply: ModelReply) {
    guard !cutter.isCut else { return ([], ModelReply(text: text, model: origin)) }
    var (last, reply) = try inner.finish()
    last = shown(last) + rest()
    reply.text = text
    if cutter.isCut {
      reply.calls = []
      reply.stopReason = .stop
    }
    return (last, reply)
  }

  private mutating func shown(_ pieces: [ModelEvent]) -> [ModelEvent] {
    var shown: [ModelEvent] = []
    for piece in pieces where !cutter.isCut {
      guard case .text(let more) = piece else {
        shown.append(piece)
        continue
      }
      shown += note(cutter.push(more))
    }
    return shown
  }

  private mutating func rest() -> [ModelEvent] { note(cutter.finish()) }

  private mutating func note(_ more: String) -> [ModelEvent] {
    guard !more.isEmpty else { return [] }
    text += more
    return [.text(more)]
  }
}
