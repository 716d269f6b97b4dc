import ArgumentParser
import ClawClient
import ClawJSON
import ClawProtocol

/// `swiftclaw skills`.
struct SkillsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "skills", abstract: "Shows the skills that an agent has.",
    discussion: """
      A skill is a folder with a SKILL.md in the folder skills of the data directory, or of an agent's workspace. The \
      gateway's log says which ones were left out, and why.

      Example:
        swiftclaw skills list
      """,
    subcommands: [List.self, Show.self])

  /// Options that select the agent and the gateway.
  struct Options: ParsableArguments {
    @Option(help: ArgumentHelp("The agent whose skills are meant (default: default).", valueName: "name"))
    var agent: String?

    @Flag(help: "Write JSON.")
    var json = false

    @Option(
      help: ArgumentHelp("The gateway's address (default: $SWIFTCLAW_URL, or the configured one).", valueName: "url"))
    var url: String?

    @OptionGroup var place: DataDirectoryOptions

    func call<M: Method>(_ method: M.Type, _ params: M.Params) async throws -> M.Result {
      let configuration = try await GatewayAddress.client(place: place, url: url)
      return try await GatewayClient.withConnection(to: configuration) { try await $0.call(method, params) }
    }
  }

  /// `swiftclaw skills list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists names and descriptions.",
      discussion: """
        Example:
          swiftclaw skills list --agent default
        """)

    @OptionGroup var options: Options

    func run() async throws {
      let result = try await options.call(SkillsList.self, .init(agentId: options.agent))
      let console = Console.current
      if options.json { return console.line(try JSONValue(encoding: result).serializedString()) }
      if result.skills.isEmpty {
        return console.note(
          "there are no skills; put folders with a SKILL.md into the folder skills of the data directory")
      }
      // The gateway has removed terminal control characters.
      let width = result.skills.map(\.name.count).max() ?? 0
      for skill in result.skills {
        let name = skill.name + String(repeating: " ", count: width - skill.name.count)
        let source = console.styles.dim("(\(skill.source))")
        console.line("\(console.styles.green(name))  \(skill.description) \(source)")
      }
    }
  }

  /// `swiftclaw skills show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a skill's instructions, as the agent reads them.",
      discussion: """
        Example:
          swiftclaw skills show weather
        """)

    @Argument(help: ArgumentHelp("The skill's name.", valueName: "name"))
    var name: String

    @OptionGroup var options: Options

    func run() async throws {
      let result = try await options.call(SkillsGet.self, .init(name: name, agentId: options.agent))
      let console = Console.current
      console.line(options.json ? try JSONValue(encoding: result).serializedString() : result.content)
    }
  }
}
