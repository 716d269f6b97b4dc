/// Where the window of a session lies in its transcript.
public struct WindowBounds: Sendable {
  /// The first row of it.
  public var start: Int64
  /// The last row of the session that is known.
  public var last: Int64

  public init(start: Int64, last: Int64) {
    self.start = start
    self.last = last
  }
}
