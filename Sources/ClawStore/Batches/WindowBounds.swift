/// The bounds of a session's window in its transcript.
public struct WindowBounds: Sendable {
  /// The first row of the window.
  public var start: Int64
  /// The last known row of the session.
  public var last: Int64

  public init(start: Int64, last: Int64) {
    self.start = start
    self.last = last
  }
}
