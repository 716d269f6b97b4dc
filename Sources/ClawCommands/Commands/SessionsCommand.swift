import ArgumentParser
import ClawProtocol

/// `swiftclaw sessions`.
struct SessionsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sessions", abstract: "Lists, shows, names, deletes and exports conversations.",
    discussion: """
      Example:
        swiftclaw sessions export agent:default:ws:main > conversation.md
      """,
    subcommands: [List.self, Show.self, Label.self, Delete.self, SessionExport.self])

  /// `swiftclaw sessions list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists conversations, newest first.",
      discussion: """
        Example:
          swiftclaw sessions list --query holiday --limit 10
        """)

    @Option(help: ArgumentHelp("Only those with this agent.", valueName: "id"))
    var agent: String?

    @Option(help: ArgumentHelp("Only those with this in their key or label.", valueName: "text"))
    var query: String?

    @Option(help: ArgumentHelp("How many at most, 1 to 200.", valueName: "number"))
    var limit = 50

    @Option(help: ArgumentHelp("Where an earlier list ended.", valueName: "cursor"))
    var cursor: String?

    @OptionGroup var owner: OwnerOptions
    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let answer = try await gateway.call(
        SessionsList.self, .init(agentId: agent, query: query, limit: limit, cursor: cursor), user: owner.user)
      if gateway.json { return try gateway.write(json: answer) }
      var table = TextTable("KEY", "LABEL", "MESSAGES", "UPDATED", "MODEL", "RUNNING")
      for session in answer.sessions {
        table.add(
          session.key, session.label, "\(session.messageCount)", session.updated, session.model,
          session.isRunning ? "yes" : "no")
      }
      table.write(to: Console.current)
      if let next = answer.nextCursor { Console.current.note("more: --cursor \(next)") }
    }
  }

  /// `swiftclaw sessions show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Shows the last messages of a conversation.",
      discussion: """
        Example:
          swiftclaw sessions show agent:default:ws:main --limit 10
        """)

    @Argument(help: "Its key.")
    var key: String

    @Option(help: ArgumentHelp("How many messages at most, 1 to 500.", valueName: "number"))
    var limit = 20

    @OptionGroup var owner: OwnerOptions
    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let answer = try await gateway.call(ChatHistory.self, .init(sessionKey: key, limit: limit), user: owner.user)
      if gateway.json { return try gateway.write(json: answer) }
      guard !answer.messages.isEmpty else { throw SessionText.notFound(key) }
      if answer.nextBefore != nil { Console.current.note("earlier messages: --limit 500, or sessions export") }
      for message in answer.messages { SessionText.show(message, on: Console.current) }
    }
  }

  /// `swiftclaw sessions label`.
  struct Label: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Names a conversation.",
      discussion: """
        Example:
          swiftclaw sessions label agent:default:ws:main "Summer holiday"
        """)

    @Argument(help: "Its key.")
    var key: String

    @Argument(help: "The name, at most 200 characters; empty takes it away.")
    var label: String

    @OptionGroup var owner: OwnerOptions
    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      let answer = try await gateway.call(SessionsLabel.self, .init(key: key, label: label), user: owner.user)
      if gateway.json { return try gateway.write(json: answer) }
      Console.current.line("\(Console.current.styles.green("named")) \(answer.key)")
    }
  }

  /// `swiftclaw sessions delete`.
  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Aborts a session's runs and deletes it.",
      discussion: """
        Example:
          swiftclaw sessions delete agent:default:ws:main --yes
        """)

    @Argument(help: "Its key.")
    var key: String

    @Flag(name: .shortAndLong, help: "Don't ask.")
    var yes = false

    @OptionGroup var owner: OwnerOptions
    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
      try await Confirmation.require("Delete \(key) with all its messages?", isGiven: yes)
      let answer = try await gateway.call(SessionsDelete.self, .init(key: key), user: owner.user)
      if gateway.json { return try gateway.write(json: answer) }
      Console.current.line("\(Console.current.styles.green("deleted")) \(key)")
    }
  }
}

/// The option that selects a user.
struct OwnerOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Whose conversations it is about (default: owner).", valueName: "user"))
  var user: String?
}
