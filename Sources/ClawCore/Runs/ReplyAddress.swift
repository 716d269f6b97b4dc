import ClawJSON

/// Where the answer of a run goes though nobody waits for it, such as a chat of some platform. Whoever made it reads it;
/// all between carry it whole, from the message to the end of the run.
public struct ReplyAddress: Sendable, Hashable {
  /// Longest address, in bytes of JSON.
  public static let maxBytes = 4096

  /// The form in which ``value`` is written, so that one that was stored by another version can be told.
  public let version: Int
  public let value: JSONValue

  public init(version: Int, value: JSONValue) {
    self.version = version
    self.value = value
  }
}
