import ArgumentParser
import ClawClient
import ClawProtocol
import Synchronization
import UnixSignals

/// `swiftclaw chat`.
struct ChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat", abstract: "Talks to an agent.",
    discussion: """
      Ctrl-C stops the answer that is being written; a second one, or Ctrl-D, leaves. With -m the answer alone goes \
      to stdout, so that it can be piped.

      While an answer is being written, or waits for a decision, --mode says what becomes of it: the message waits for \
      its turn (queue), is read by it before it goes on (steer), or stops it (interrupt).

      Example:
        swiftclaw chat -m "What is 6 times 7?"
        swiftclaw chat -m "In French, please" --mode steer
      """)

  @Option(name: .shortAndLong, help: ArgumentHelp("Say this, write the answer, and leave.", valueName: "text"))
  var message: String?

  @Option(help: ArgumentHelp("The agent to talk to (default: default).", valueName: "name"))
  var agent: String?

  @Option(help: ArgumentHelp("The conversation to continue (default: agent:<agent>:ws:main).", valueName: "key"))
  var session: String?

  @Option(help: ArgumentHelp("Whose conversation it is (default: owner).", valueName: "user"))
  var user: String?

  @Option(
    help: ArgumentHelp(
      "What becomes of a run of the conversation that is under way: queue, steer or interrupt (default: queue).",
      valueName: "mode"))
  var mode = GatewayClient.SendMode.queue

  @Flag(help: "Write every event as a line of JSON.")
  var json = false

  @Option(
    help: ArgumentHelp("The gateway's address (default: $SWIFTCLAW_URL, or the configured one).", valueName: "url"))
  var url: String?

  @OptionGroup var place: DataDirectoryOptions

  /// How long a script waits for a lost gateway to come back. A user at a terminal can press Ctrl-C.
  private static let patience = Duration.seconds(60)

  /// The reconnect policy.
  static func reconnect(isInteractive: Bool) -> ReconnectPolicy {
    ReconnectPolicy(giveUpAfter: isInteractive ? nil : patience)
  }

  func validate() throws {
    if message?.isEmpty == true { throw ValidationError("-m needs a text") }
  }

  func run() async throws {
    var configuration = try await GatewayAddress.client(place: place, url: url, user: user)
    let console = Console.current
    let asks = message == nil && !json && console.isInputTerminal && console.isOutputTerminal
    let isPlain = message != nil || !console.isOutputTerminal
    let format: ChatPrinter.Format = json ? .json : (isPlain ? .answerOnly : .live)
    let printer = ChatPrinter(format: format, console: console)
    let input: any ChatInput = message.map { OneMessage($0) } ?? TypedMessages(prompts: asks, console: console)
    configuration.reconnect = Self.reconnect(isInteractive: asks)
    // Report each loss once, however many attempts follow.
    let isLost = Mutex(false)
    configuration.onConnectionChange = { change in
      let isNew = isLost.withLock { isLost in
        defer { isLost = change != .restored }
        return isLost != (change != .restored)
      }
      if isNew { printer.show(change) }
    }
    // From here on Ctrl-C is handled here.
    let interrupts = await UnixSignalsSequence(trapping: .sigint)
    try await GatewayClient.withConnection(to: configuration) { client in
      if asks { console.note(console.errorStyles.dim("Ctrl-C stops an answer, Ctrl-D leaves.")) }
      let conversation = Conversation(
        client: client, agent: agent, session: session, mode: mode, printer: printer, console: console,
        onFailure: message != nil ? .end : asks ? .goOn : .goOnAndFail)
      try await Self.run(conversation, input, interrupts)
    }
  }

  private static func run(
    _ conversation: Conversation, _ input: any ChatInput, _ interrupts: UnixSignalsSequence
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { tasks in
      tasks.addTask { try await conversation.run(input) }
      tasks.addTask {
        for await _ in interrupts {
          guard conversation.interrupt() else { throw CommandFailure(.interrupted, "") }
        }
      }
      defer { tasks.cancelAll() }
      try await tasks.next()
    }
  }
}

extension GatewayClient.SendMode: ExpressibleByArgument {}
