import ClawClient
import Foundation

/// Rings the bell and prints the text.
func tell(_ text: String) { FileHandle.standardOutput.write(Data("\u{7}\(text)\n".utf8)) }

/// The first line, truncated to the width of a terminal.
func headline(_ text: String) -> String { String(text.prefix { $0 != "\n" }.prefix(100)) }

let environment = ProcessInfo.processInfo.environment
let configuration = ClientConfiguration(
  url: environment["SWIFTCLAW_URL"] ?? "ws://127.0.0.1:18790/ws",
  token: environment["SWIFTCLAW_GATEWAY_TOKEN"], clientName: "notifier")

do {
  try await GatewayClient.withConnection(to: configuration) { client in
    let events = client.events
    // First the missed events of these sessions, then all new events.
    for session in CommandLine.arguments.dropFirst() {
      _ = try await client.subscribe(to: session, after: 0)
    }
    for try await event in events {
      switch event.content {
      case .runCompleted(let run): tell("\(run.agentId) has answered: \(headline(run.content))")
      case .runFailed(let run): tell("\(run.agentId) could not answer: \(headline(run.error.message))")
      case .shutdown: tell("The gateway restarts.")
      default: break
      }
    }
  }
} catch {
  tell("\(error)")
  exit(1)
}
