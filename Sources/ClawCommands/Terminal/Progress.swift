/// Shows what a command is waiting for, on a terminal only, and clears it afterwards.
enum Progress {
  static func during<Value>(
    _ text: String, console: Console = .current, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Value
  ) async rethrows -> Value {
    guard console.isErrorTerminal else { return try await body() }
    console.notePart(console.errorStyles.dim(TerminalText.plain(text) + " …"))
    // Return to the beginning of the line and clear it.
    defer { console.notePart(console.errorStyles.isOn ? "\r\u{1B}[K" : "\n") }
    return try await body()
  }
}
