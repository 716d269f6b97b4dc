import ArgumentParser
import ClawCore
import ClawProtocol

extension CronCommand {
  /// `swiftclaw cron add`.
  struct Add: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Creates a job.",
      discussion: """
        One of --at, --in, --every and --cron says when. Each time the agent gets the message in the job's own \
        session, agent:<agent>:cron:<job>.

        Example:
          swiftclaw cron add backup --every 6h -m "Check that the backup of today is there."
          swiftclaw cron add report --cron "0 8 1 * *" --tz America/New_York -m "Sum up the last month."
          swiftclaw cron add tea --in 4m -m "Tell me that the tea is ready."
        """)

    @Argument(help: "A name for people.")
    var name: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The message sent on each run.", valueName: "text"))
    var message: String

    @Option(help: ArgumentHelp("Once, at a moment in Unix milliseconds.", valueName: "ms"))
    var at: Int64?

    @Option(name: .customLong("in"), help: ArgumentHelp("Once, after a time such as 90s, 5m or 2h.", valueName: "time"))
    var delay: String?

    @Option(help: ArgumentHelp("Again and again, such as every 30s, 5m or 24h.", valueName: "time"))
    var every: String?

    @Option(
      help: ArgumentHelp("Minute, hour, day, month and weekday, or a word such as @daily.", valueName: "expression"))
    var cron: String?

    @Option(help: ArgumentHelp("The time zone of --cron, such as Europe/Paris (default: UTC).", valueName: "zone"))
    var tz: String?

    @Option(help: ArgumentHelp("The agent (default: default).", valueName: "name"))
    var agent: String?

    @Option(help: ArgumentHelp("Whose job it is (default: owner).", valueName: "user"))
    var user: String?

    @Option(
      help: ArgumentHelp("A time that passed while the gateway was down: skip it, or run once.", valueName: "policy"))
    var misfire: String?

    @OptionGroup var options: Options

    func validate() throws {
      let ways = [at != nil, delay != nil, every != nil, cron != nil].count { $0 }
      guard ways == 1 else { throw ValidationError("say when with one of --at, --in, --every and --cron") }
      guard tz == nil || cron != nil else { throw ValidationError("--tz goes with --cron") }
      _ = try schedule()
    }

    func run() async throws {
      let result = try await options.call(
        CronCreate.self,
        .init(
          name: name, schedule: try schedule(), message: message, agentId: agent, misfire: misfire, userId: user))
      try options.write(result) { "\(result.job.id), next \(CronTable.time(result.job.state.nextRunAtMs))" }
    }

    private func schedule() throws -> CronSchedule {
      if let cron { return .cron(cron, zone: tz) }
      if let at { return .at(milliseconds: at) }
      guard let written = every ?? delay, let duration = DurationText.parse(written) else {
        throw ValidationError("a time is written like 90s, 5m, 2h")
      }
      if every != nil { return .every(milliseconds: duration.milliseconds) }
      return .at(milliseconds: (TimeSource.system.now + duration).milliseconds)
    }
  }
}
