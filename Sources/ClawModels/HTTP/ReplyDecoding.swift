import ClawCore
import ClawJSON

/// Turns what a provider sends into pieces and, at the end, into the whole answer. One per attempt.
protocol ReplyDecoding: Sendable {
  /// Whether the provider said that nothing more will come.
  var isDone: Bool { get }

  /// Takes an event of the stream and returns the pieces in it.
  mutating func decode(_ event: SSEEvent) throws(ModelFailure) -> [ModelEvent]

  /// Takes an answer that came in one piece, though a stream was asked for.
  mutating func decodeWhole(_ body: JSONValue) throws(ModelFailure) -> [ModelEvent]

  /// The pieces that were held back, and the answer.
  /// - Throws: ``ModelFailure`` of kind `cutStream` if the provider never said how the answer ended.
  mutating func finish() throws(ModelFailure) -> (rest: [ModelEvent], reply: ModelReply)
}
