/// One event of a `text/event-stream`, as the WHATWG text defines it
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct SSEEvent: Sendable, Hashable {
  /// The `event` field; `message` where the stream named none.
  var type: String
  /// The `data` lines, joined by line feeds.
  var data: String
  /// The last `id` seen so far in the stream.
  var lastID: String
}

/// A stream whose next event is larger than the reader is willing to hold.
struct SSEOverflow: Error, Hashable {
  /// The bound that was passed, in bytes.
  let limit: Int
}
