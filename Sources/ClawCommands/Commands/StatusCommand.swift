import ArgumentParser
import ClawProtocol

/// `swiftclaw status`.
struct StatusCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Shows the status of the running gateway.",
    discussion: """
      Example:
        swiftclaw status
      """)

  @OptionGroup var gateway: GatewayOptions

  func run() async throws {
    let status = try await gateway.call(ClawProtocol.Status.self, NoParams())
    if gateway.json { return try gateway.write(json: status) }
    let console = Console.current
    func row(_ name: String, _ text: String) {
      let padded = name + String(repeating: " ", count: max(0, 10 - name.count))
      console.line(console.styles.dim(padded) + TerminalText.plain(text))
    }
    row("version", "\(status.version) (protocol \(status.protocol))")
    row("up", DurationText.rounded(.milliseconds(status.uptimeMs)))
    row("store", "\(status.store), \(status.sessions) sessions")
    row("clients", "\(status.clients)")
    for agent in status.agents {
      row("agent", "\(agent.id)  \(agent.provider)/\(agent.model)\(agent.isRunning ? "  running" : "")")
    }
    for (name, lane) in status.lanes.sorted(by: { $0.key < $1.key }) {
      row("lane", "\(name)  \(lane.running) of \(lane.limit) running, \(lane.queued) waiting")
    }
    for channel in status.channels { row("channel", "\(channel.name)  \(channel.type)  \(channel.state)") }
  }
}
