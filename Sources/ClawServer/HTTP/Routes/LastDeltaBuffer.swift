/// Prevents equal consecutive deltas in a stream: litellm 1.110 takes more than 100 equal chunks of three or more
/// characters for a stuck model, and aborts the stream.
///
/// A delta is sent at once, unless it equals the last one sent. Then it is held until the next one arrives, and both
/// are sent together as a different text.
struct LastDeltaBuffer: Sendable {
  /// Equal chunks in a row that may be sent if nothing follows for a while.
  private static let maxEqual = 50

  private var last = ""
  private var held = ""
  private var equalInARow = 0

  /// The text to send now; empty if it is held.
  mutating func push(_ text: String) -> String {
    let text = held + text
    if text.utf8.elementsEqual(last.utf8) {
      held = text
      return ""
    }
    equalInARow = 0
    return send(text)
  }

  /// Whether the held text may be sent if nothing follows it.
  var mayFlush: Bool { !held.isEmpty && equalInARow < Self.maxEqual }

  /// Returns the held text, because nothing followed it.
  mutating func flush() -> String {
    equalInARow += 1
    return send(held)
  }

  private mutating func send(_ text: String) -> String {
    held = ""
    if !text.isEmpty { last = text }
    return text
  }
}
