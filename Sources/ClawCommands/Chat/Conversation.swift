import ClawClient
import Synchronization

/// Sends messages and prints the answers, one run at a time.
final class Conversation: Sendable {
  private let client: GatewayClient
  private let agent: String?
  private let session: String?
  private let mode: GatewayClient.SendMode
  private let printer: ChatPrinter
  private let console: Console
  private let onFailure: OnFailure

  /// What to do when a run fails.
  enum OnFailure: Sendable {
    case end
    /// Report it and continue with the next message.
    case goOn
    /// The same, but exit with the status of the first failure: in a pipe nobody sees the report.
    case goOnAndFail
  }

  /// Cancels the current answer; nil if there is none, or if it was already cancelled.
  private let stop = Mutex<AsyncStream<Void>.Continuation?>(nil)

  init(
    client: GatewayClient, agent: String?, session: String?, mode: GatewayClient.SendMode = .queue,
    printer: ChatPrinter, console: Console,
    onFailure: OnFailure
  ) {
    self.client = client
    self.agent = agent
    self.session = session
    self.mode = mode
    self.printer = printer
    self.console = console
    self.onFailure = onFailure
  }

  /// Processes messages until there are no more.
  func run(_ input: any ChatInput) async throws {
    var failed: CommandStatus?
    while let message = await input.next() {
      do {
        try await answer(message)
      } catch ClientError.cancelled where onFailure != .end && !Task.isCancelled {
        printer.endLine()
        console.note(console.errorStyles.dim("(stopped)"))
      } catch let error where onFailure != .end && Self.allowsAnother(error) {
        let failure = CommandFailure(explaining: error)
        console.note(console.errorStyles.red(TerminalText.plain(failure?.message ?? "\(error)")))
        failed = failed ?? failure?.status ?? .failure
      }
    }
    if onFailure == .goOnAndFail, let failed { throw CommandFailure(failed, "") }
  }

  /// Handles Ctrl-C.
  /// - Returns: false if there is nothing to cancel, so that the command should exit.
  func interrupt() -> Bool {
    let stop = stop.withLock { stop in
      defer { stop = nil }
      return stop
    }
    stop?.finish()
    return stop != nil
  }

  private static func allowsAnother(_ error: any Error) -> Bool {
    switch error {
    case ClientError.server, ClientError.runFailed, ClientError.tooLarge, ClientError.overflow: true
    default: false
    }
  }

  private func answer(_ message: String) async throws {
    let reply = client.send(message, to: agent, session: session, mode: mode)
    let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
    self.stop.withLock { $0 = stop }
    defer { self.stop.withLock { $0 = nil } }
    try await withThrowingTaskGroup(of: Void.self) { [printer] tasks in
      defer { tasks.cancelAll() }
      tasks.addTask { for try await event in reply { printer.show(event) } }
      tasks.addTask {
        for await _ in stopped {}
        throw ClientError.cancelled
      }
      do {
        try await tasks.next()
      } catch ClientError.cancelled {
        // Cancelling the reader aborts the run on the gateway, unless it has ended.
        tasks.cancelAll()
        try await tasks.next()
      }
    }
  }
}
