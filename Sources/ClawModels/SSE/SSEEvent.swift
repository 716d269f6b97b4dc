/// One event of a `text/event-stream`, as defined by WHATWG
/// (https://html.spec.whatwg.org/multipage/server-sent-events.html).
struct SSEEvent: Sendable, Hashable {
  /// The `event` field; `message` by default.
  var type: String
  /// The `data` lines, joined by line feeds.
  var data: String
  /// The last `id` seen so far in the stream.
  var lastID: String
}

/// An event over the size limit.
struct SSEOverflow: Error, Hashable {
  /// The limit in bytes.
  let limit: Int
}
