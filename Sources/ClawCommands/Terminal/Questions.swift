import ClawJSON

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Asks the user at the terminal.
protocol Questions: Sendable {
  /// The trimmed answer; nil at the end of the input.
  func ask(_ question: String) async -> String?
  /// The same without echo.
  func askSecretly(_ question: String) async -> String?
}

/// Questions on stderr, answers from stdin.
struct TerminalQuestions: Questions {
  let console: Console
  private let lines = LineReader()

  init(console: Console) {
    self.console = console
  }

  func ask(_ question: String) async -> String? {
    console.notePart(question + " ")
    return await lines.next().map(Self.trimmed)
  }

  func askSecretly(_ question: String) async -> String? {
    console.notePart(question + " ")
    var shown = termios()
    let isTerminal = tcgetattr(STDIN_FILENO, &shown) == 0
    if isTerminal {
      var hidden = shown
      hidden.c_lflag &= ~tcflag_t(ECHO)
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
    }
    let answer = await lines.next()
    if isTerminal {
      tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
      console.note()
    }
    return answer.map(Self.trimmed)
  }

  private static func trimmed(_ text: String) -> String {
    text.trimmed
  }
}

/// Asks for confirmation of irreversible actions.
enum Confirmation {
  /// - Parameter isGiven: Whether the command line has confirmed it.
  /// - Throws: if the answer is no, or if not interactive.
  static func require(_ question: String, isGiven: Bool) async throws {
    guard !isGiven else { return }
    let console = Console.current
    guard console.isInputTerminal, console.isErrorTerminal else {
      throw CommandFailure(.usage, "\(question) Say --yes if so: the input is not a terminal.")
    }
    let answer = await TerminalQuestions(console: console).ask(question + " [y/N]")
    guard ["y", "yes"].contains(answer?.lowercased()) else { throw CommandFailure(.interrupted, "nothing was changed") }
  }
}
