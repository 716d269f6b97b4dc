import ArgumentParser
import ClawClient
import ClawCore
import ClawJSON
import ClawProtocol

/// `swiftclaw cron`.
struct CronCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cron", abstract: "Lists and changes scheduled jobs.",
    discussion: """
      Example:
        swiftclaw cron add standup --cron "0 9 * * mon-fri" --tz Europe/Paris -m "Write today's agenda."
      """,
    subcommands: [List.self, Add.self, Delete.self, Enable.self, Disable.self])

  /// Options common to all subcommands.
  struct Options: ParsableArguments {
    @Flag(help: "Write JSON.")
    var json = false

    @Option(
      help: ArgumentHelp("The gateway's address (default: $SWIFTCLAW_URL, or the configured one).", valueName: "url"))
    var url: String?

    @OptionGroup var place: DataDirectoryOptions

    func call<M: Method>(_ method: M.Type, _ params: M.Params) async throws -> M.Result {
      let configuration = try await GatewayAddress.client(place: place, url: url)
      return try await GatewayClient.withConnection(to: configuration) { client in
        try await client.call(method, params)
      }
    }

    /// Prints a result as JSON or as text.
    func write(_ result: some Encodable, or text: () -> String) throws {
      Console.current.line(json ? try JSON.encodeString(result) : TerminalText.plain(text()))
    }
  }

  /// `swiftclaw cron list`.
  struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lists the jobs, oldest first.",
      discussion: """
        Example:
          swiftclaw cron list --enabled
        """)

    @Flag(help: "Only those that are enabled.")
    var enabled = false

    @Option(help: ArgumentHelp("Only this user's.", valueName: "user"))
    var user: String?

    @OptionGroup var options: Options

    func run() async throws {
      let result = try await options.call(CronList.self, .init(includeDisabled: !enabled, userId: user))
      try options.write(result) { CronTable.text(of: result.jobs) }
    }
  }

  /// `swiftclaw cron delete`.
  struct Delete: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Removes a job; a run in progress continues.",
      discussion: """
        Example:
          swiftclaw cron delete 01912d68-783e-7a00-9b1c-1d2e3f405162
        """)

    @Argument(help: "The job's id, as the list shows it.")
    var job: String

    @OptionGroup var options: Options

    func run() async throws {
      let result = try await options.call(CronDelete.self, .init(jobId: job))
      try options.write(result) { "deleted \(job)" }
    }
  }

  /// `swiftclaw cron enable`.
  struct Enable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Enables a job.",
      discussion: """
        Example:
          swiftclaw cron enable 01912d68-783e-7a00-9b1c-1d2e3f405162
        """)

    @Argument(help: "The job's id, as the list shows it.")
    var job: String

    @OptionGroup var options: Options

    func run() async throws {
      let result = try await options.call(CronToggle.self, .init(jobId: job, enabled: true))
      try options.write(result) { "enabled \(job), next \(CronTable.time(result.nextRunAtMs))" }
    }
  }

  /// `swiftclaw cron disable`.
  struct Disable: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Disables a job.",
      discussion: """
        Example:
          swiftclaw cron disable 01912d68-783e-7a00-9b1c-1d2e3f405162
        """)

    @Argument(help: "The job's id, as the list shows it.")
    var job: String

    @OptionGroup var options: Options

    func run() async throws {
      let result = try await options.call(CronToggle.self, .init(jobId: job, enabled: false))
      try options.write(result) { "disabled \(job)" }
    }
  }
}
