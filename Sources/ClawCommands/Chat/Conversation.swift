import ClawClient
import ClawProtocol
import Synchronization

/// Messages go in, answers come out, one run at a time.
final class Conversation: Sendable {
  private enum Phase {
    case idle
    /// The message is on its way; there is no run to stop yet.
    case sending
    case running(String)
    /// The run was asked to stop.
    case stopping
  }

  private let client: GatewayClient
  private let agent: String?
  private let session: String?
  private let view: RunView
  private let console: Console
  private let endsOnFailure: Bool
  private let phase = Mutex(Phase.idle)

  /// - Parameter endsOnFailure: Whether a run that fails ends the conversation; else it is reported and the next
  ///   message can follow.
  init(
    client: GatewayClient, agent: String?, session: String?, printer: ChatPrinter, console: Console,
    endsOnFailure: Bool
  ) {
    self.client = client
    self.agent = agent
    self.session = session
    self.console = console
    self.endsOnFailure = endsOnFailure
    view = RunView(printer: printer)
  }

  /// Takes messages until there are no more.
  func run(_ input: any ChatInput) async throws {
    let events = client.events
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { await self.view.watch(events) }
      defer { tasks.cancelAll() }
      while let message = await input.next() {
        do {
          try await answer(message)
        } catch let error where !endsOnFailure && Self.allowsAnother(error) {
          let failure = CommandFailure(explaining: error)
          console.note(console.errorStyles.red(TerminalText.plain(failure?.message ?? "\(error)")))
        }
      }
    }
  }

  /// Ctrl-C.
  /// - Returns: false if there is nothing more to stop, so that it means to leave.
  func interrupt() async -> Bool {
    let run = phase.withLock { phase -> String? in
      guard case .running(let run) = phase else { return nil }
      phase = .stopping
      return run
    }
    guard let run else { return false }
    do throws(ClientError) {
      _ = try await client.call(ChatAbort.self, .init(runId: run))
      return true
    } catch {
      return false
    }
  }

  private static func allowsAnother(_ error: any Error) -> Bool {
    switch error {
    case ClientError.server: true
    case let failure as CommandFailure: failure.status != .unavailable
    default: false
    }
  }

  private func answer(_ message: String) async throws {
    phase.withLock { $0 = .sending }
    defer { phase.withLock { $0 = .idle } }
    let ends = await view.begin()
    do {
      let accepted = try await client.call(
        ChatSend.self, .init(message: message, agentId: agent, sessionKey: session, wait: false))
      phase.withLock { $0 = .running(accepted.runId) }
      await view.follow(accepted.runId)
      try await finish(ends)
    } catch {
      await view.end()
      throw error
    }
    await view.end()
  }

  private func finish(_ ends: AsyncStream<RunView.End>) async throws {
    for await end in ends {
      switch end {
      case .completed: return
      case .failed(let error) where error.code == ErrorCode.aborted.rawValue && !endsOnFailure:
        return console.note(console.errorStyles.dim("(stopped)"))
      case .failed(let error):
        throw CommandFailure(CommandStatus(code: error.code), "\(error.code): \(error.message)")
      case .lost(let error):
        throw CommandFailure(.unavailable, "\(error). The answer goes on in the gateway.")
      }
    }
    throw CancellationError()
  }
}
