import ArgumentParser
import ClawClient
import ClawJSON
import ClawProtocol
import Logging

/// `swiftclaw logs`.
struct LogsCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "logs", abstract: "Shows the last lines of the gateway's log.",
    discussion: """
      The gateway keeps them in memory (log.kept_lines); what it logs at all is decided by log.level. With --json each \
      line is an object.

      Example:
        swiftclaw logs --follow --level warning
      """)

  /// Lines per request.
  private static let page = 1000
  /// Polling interval for new lines.
  private static let pause = Duration.seconds(1)

  enum Level: String, ExpressibleByArgument, CaseIterable {
    case trace, debug, info, notice, warning, error, critical
  }

  @Option(name: .customShort("n"), help: ArgumentHelp("How many lines, 1 to 1000.", valueName: "number"))
  var limit = 100

  @Option(help: "The least level of lines to show.")
  var level: Level?

  @Flag(name: .shortAndLong, help: "Go on with new lines until Ctrl-C.")
  var follow = false

  @OptionGroup var gateway: GatewayOptions

  func run() async throws {
    try await gateway.withClient { client in
      var answer = try await client.call(LogsTail.self, .init(limit: limit, level: level?.rawValue))
      try show(answer.lines)
      while follow {
        try await Task.sleep(for: Self.pause)
        answer = try await client.call(
          LogsTail.self, .init(limit: Self.page, level: level?.rawValue, afterSeq: answer.lastSeq))
        try show(answer.lines)
      }
    }
  }

  private func show(_ lines: [LogsTail.Line]) throws {
    let console = Console.current
    for line in lines {
      if gateway.json {
        try gateway.write(json: line)
      } else {
        console.line(
          LogText.line(
            time: line.time, level: Logger.Level(rawValue: line.level) ?? .info, message: line.message,
            fields: line.fields ?? [:], styles: console.styles))
      }
    }
  }
}
