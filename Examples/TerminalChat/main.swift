import ClawClient
import Foundation

/// Prints text at once, without waiting for a line end.
func show(_ text: String) { FileHandle.standardOutput.write(Data(text.utf8)) }

let environment = ProcessInfo.processInfo.environment
var configuration = ClientConfiguration(
  url: environment["SWIFTCLAW_URL"] ?? "ws://127.0.0.1:18790/ws",
  token: environment["SWIFTCLAW_GATEWAY_TOKEN"], clientName: "terminal-chat")
configuration.onConnectionChange = { change in
  switch change {
  case .lost(let error, _): show("\n(\(error); trying again)\n")
  case .restored: show("(connected again)\n")
  }
}

do {
  try await GatewayClient.withConnection(to: configuration) { client in
    show("Connected to \(client.server.server.name) \(client.server.server.version). Ctrl-D leaves.\n> ")
    while let line = readLine() {
      do {
        for try await event in client.send(line) {
          switch event.content {
          case .chunk(let text): show(text.content)
          case .toolCall(let call): show("[\(call.name)] ")
          default: break
          }
        }
      } catch let error as ClientError where error.code != nil {
        // The gateway or the agent reported an error. The next message may succeed.
        show("(\(error))")
      }
      show("\n> ")
    }
  }
} catch {
  show("\(error)\n")
  exit(1)
}
