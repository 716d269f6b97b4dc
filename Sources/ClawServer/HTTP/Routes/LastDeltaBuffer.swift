/// Keeps neighbouring deltas of a stream from being equal: litellm 1.110 takes more than 100 equal chunks of three or
/// more characters for a model that is stuck, and breaks the stream off.
///
/// A delta goes out at once, unless it is what went out last. Such a one is held until the next one comes, and the
/// two go out together: another text than the last.
struct LastDeltaBuffer: Sendable {
  /// Equal chunks in a row that may go out where nothing comes behind them for a while.
  private static let maxEqual = 50

  private var last = ""
  private var held = ""
  private var equalInARow = 0

  /// What is to be sent now; empty if it is held.
  mutating func push(_ text: String) -> String {
    let text = held + text
    if text.utf8.elementsEqual(last.utf8) {
      held = text
      return ""
    }
    equalInARow = 0
    return send(text)
  }

  /// Whether something is held that may go out if nothing comes behind it.
  var mayFlush: Bool { !held.isEmpty && equalInARow < Self.maxEqual }

  /// What is held, because nothing came behind it.
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
