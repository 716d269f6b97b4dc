import ClawJSON
import ClawProtocol

/// Formats conversations as text.
enum SessionText {
  static func notFound(_ key: String) -> CommandFailure {
    CommandFailure(
      .usage, "there is nothing in \(key); see what there is with: \(ProcessEnvironment.programName) sessions list")
  }

  static func show(_ message: ChatHistory.Message, on console: Console) {
    console.line(console.styles.dim("\(message.createdAt)  ") + console.styles.bold(message.role))
    for line in body(of: message).split(at: "\n", omittingEmpty: false) {
      console.line("  " + TerminalText.plain(String(line)))
    }
  }

  static func markdown(_ messages: [ChatHistory.Message], title: String) -> String {
    let parts = messages.map { "## \($0.role), \($0.createdAt)\n\n\(body(of: $0))\n" }
    return "# \(title)\n\n" + parts.joined(separator: "\n")
  }

  private static func body(of message: ChatHistory.Message) -> String {
    let calls = (message.tool_calls ?? []).map { "[\($0.name) \($0.arguments.serializedString())]" }
    let content = message.content ?? ""
    return ((content.isEmpty ? [] : [content]) + calls).joined(separator: "\n")
  }
}
