import ClawJSON

/// Where a run's answer is delivered without a waiting caller, such as a chat on some platform. Only its creator
/// interprets it; it is passed through unchanged, from the message to the end of the run.
public struct ReplyAddress: Sendable, Hashable {
  /// Longest address, in bytes of JSON.
  public static let maxBytes = 4096

  /// The format version of ``value``, to recognize one stored by another version.
  public let version: Int
  public let value: JSONValue

  public init(version: Int, value: JSONValue) {
    self.version = version
    self.value = value
  }
}
