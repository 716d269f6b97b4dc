import ClawClient
import ClawJSON
import ClawProtocol
import Synchronization

/// Prints a run's events.
final class ChatPrinter: Sendable {
  enum Format: Sendable {
    /// Text as it arrives, tools dimmed.
    case live
    /// Only the answer, at the end.
    case answerOnly
    /// Every event as a line of JSON.
    case json
  }

  private let format: Format
  private let console: Console
  /// Whether the cursor is not at the start of a line.
  private let isInLine = Mutex(false)

  init(format: Format, console: Console) {
    self.format = format
    self.console = console
  }

  func show(_ event: ServerEvent) {
    switch format {
    case .json:
      let frame = ServerFrame.event(name: event.name, payload: event.payload, seq: event.seq)
      if let json = try? frame.json { console.line(json.serializedString()) }
    case .answerOnly:
      if case .runCompleted(let run) = event.content { console.line(readable(run.content)) }
    case .live: showLive(event.content)
    }
  }

  private func showLive(_ content: ServerEvent.Content) {
    switch content {
    case .chunk(let text):
      console.part(readable(text.content))
      isInLine.withLock { $0 = !text.content.endsWith("\n") }
    case .toolCall(let call):
      dimmed("· \(call.name) \(Self.shortened(call.arguments.serializedString()))")
    case .toolResult(let result):
      dimmed("  \(result.is_error ? "failed: " : "→ ")\(Self.shortened(result.preview))")
    case .runStarted(let run) where run.attempt > 1:
      dimmed("(taken up again after a restart; what stood here so far is void)")
    case .runWaiting(let run): dimmed("(waits: \(run.for))")
    case .runCompleted, .runFailed: endLine()
    case .runStarted, .runResumed, .thinking, .shutdown, .other: break
    }
  }

  /// Reports connection changes to a user waiting for an answer.
  func show(_ change: ConnectionChange) {
    guard format == .live else { return }
    switch change {
    case .lost: dimmed("(the connection to the gateway is lost; the conversation is kept, trying again)")
    case .restored: dimmed("(connected again)")
    }
  }

  private func dimmed(_ text: String) {
    endLine()
    console.line(console.styles.dim(readable(text)))
  }

  /// Starts a new line if necessary.
  func endLine() {
    let wasInLine = isInLine.withLock { value in
      defer { value = false }
      return value
    }
    if wasInLine { console.line() }
  }

  /// A model's output must not control the terminal: only line breaks and tabs are passed through. A pipe gets
  /// everything.
  private func readable(_ text: String) -> String {
    guard console.isOutputTerminal else { return text }
    return TerminalText.plain(text)
  }

  private static func shortened(_ text: String) -> String {
    let line = text.oneLine()
    return line.count > 200 ? line.prefix(200) + "…" : line
  }
}
