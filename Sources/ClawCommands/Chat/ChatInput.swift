import ClawJSON
import Synchronization

/// The source of a conversation's messages.
protocol ChatInput: Sendable {
  /// The next message; nil at the end.
  func next() async -> String?
}

/// A message from the command line.
final class OneMessage: ChatInput {
  private let text: Mutex<String?>

  init(_ text: String) {
    self.text = Mutex(text)
  }

  func next() async -> String? {
    text.withLock { text in
      defer { text = nil }
      return text
    }
  }
}

/// Lines of stdin; empty ones are skipped.
struct TypedMessages: ChatInput {
  private static let leaving: UTF8Set = ["/exit", "/quit"]

  let prompts: Bool
  let console: Console
  var lines = LineReader()

  func next() async -> String? {
    while true {
      if prompts { console.part(console.styles.bold("› ")) }
      guard let line = await lines.next() else {
        if prompts { console.line() }
        return nil
      }
      if Self.leaving.contains(line) { return nil }
      if !line.isBlank { return line }
    }
  }
}
