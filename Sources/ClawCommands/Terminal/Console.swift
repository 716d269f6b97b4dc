#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The way of commands to the one who typed them. Answers go to stdout, everything else to stderr.
///
/// A command waits for its own reader as every program in a pipe does; the gateway itself writes its log elsewhere
/// (``StandardErrorOutput``).
struct Console: Sendable {
  let environment: [String: String]
  let isOutputTerminal: Bool
  let isErrorTerminal: Bool
  let isInputTerminal: Bool
  private let put: @Sendable (_ text: String, _ isError: Bool) -> Void
  /// For stdout.
  let styles: Styles
  /// For stderr.
  let errorStyles: Styles

  init(
    environment: [String: String], isOutputTerminal: Bool = false, isErrorTerminal: Bool = false,
    isInputTerminal: Bool = false, put: @escaping @Sendable (_ text: String, _ isError: Bool) -> Void
  ) {
    self.environment = environment
    self.isOutputTerminal = isOutputTerminal
    self.isErrorTerminal = isErrorTerminal
    self.isInputTerminal = isInputTerminal
    self.put = put
    styles = Styles(isOn: Styles.areWanted(isTerminal: isOutputTerminal, environment: environment))
    errorStyles = Styles(isOn: Styles.areWanted(isTerminal: isErrorTerminal, environment: environment))
  }

  /// The console of the running command; tests put another in its place.
  @TaskLocal static var current = Console.process

  /// The process's own.
  static let process = Console(
    environment: ProcessEnvironment.all, isOutputTerminal: isatty(STDOUT_FILENO) == 1,
    isErrorTerminal: isatty(STDERR_FILENO) == 1, isInputTerminal: isatty(STDIN_FILENO) == 1
  ) { text, isError in
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { write(isError ? STDERR_FILENO : STDOUT_FILENO, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return }
      bytes = bytes.dropFirst(count)
    }
  }

  /// A line of the answer.
  func line(_ text: String = "") { put(text + "\n", false) }

  /// A part of the answer, without an end of line.
  func part(_ text: String) { put(text, false) }

  /// A line for the person, beside the answer.
  func note(_ text: String = "") { put(text + "\n", true) }

  /// A part of such a line, without its end.
  func notePart(_ text: String) { put(text, true) }
}
