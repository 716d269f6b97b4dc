/// Where the window of a session lies in its transcript.
struct WindowBounds: Sendable {
  /// The first row of it.
  var start: Int64
  /// The last row of the session that is known.
  var last: Int64
}
