#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A command's input and output. Results go to stdout, everything else to stderr.
///
/// Writing blocks if the reader is slow, as for every program in a pipe; the gateway writes its log elsewhere
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

  /// The console of the running command; tests replace it.
  @TaskLocal static var current = Console.process

  /// The console of the process.
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

  /// Writes a line to stdout.
  func line(_ text: String = "") { put(text + "\n", false) }

  /// Writes to stdout without a line end.
  func part(_ text: String) { put(text, false) }

  /// Writes a line to stderr.
  func note(_ text: String = "") { put(text + "\n", true) }

  /// Writes to stderr without a line end.
  func notePart(_ text: String) { put(text, true) }
}
