/// Says what is being waited for, on a terminal alone, and takes it away again.
enum Progress {
  static func during<Value>(
    _ text: String, console: Console = .current, isolation: isolated (any Actor)? = #isolation,
    _ body: () async throws -> Value
  ) async rethrows -> Value {
    guard console.isErrorTerminal else { return try await body() }
    console.notePart(console.errorStyles.dim(TerminalText.plain(text) + " …"))
    // Back to the beginning of the line, which is cleared.
    defer { console.notePart(console.errorStyles.isOn ? "\r\u{1B}[K" : "\n") }
    return try await body()
  }
}
