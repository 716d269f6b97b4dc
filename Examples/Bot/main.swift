import ClawClient
import Foundation

/// A message from the other side, one JSON object per line.
struct Incoming: Codable {
  var id: String
  var from: String
  var text: String
}

/// The answer to it.
struct Outgoing: Codable {
  var id: String
  var to: String
  var text: String?
  var error: String?
}

/// Every sender has a session of their own. A message that is sent twice gets the same answer twice and is processed
/// once.
func answer(_ message: Incoming, _ client: GatewayClient) async -> Outgoing {
  var answer = Outgoing(id: message.id, to: message.from)
  do {
    answer.text = try await client.send(
      message.text, session: "agent:default:bot:\(message.from)", idempotencyKey: "bot:\(message.id)"
    ).text()
  } catch {
    answer.error = "\(error)"
  }
  return answer
}

/// Writes lines one by one.
actor Output {
  func write(_ answer: Outgoing) throws {
    try FileHandle.standardOutput.write(contentsOf: JSONEncoder().encode(answer) + Data("\n".utf8))
  }
}

let environment = ProcessInfo.processInfo.environment
let configuration = ClientConfiguration(
  url: environment["SWIFTCLAW_URL"] ?? "ws://127.0.0.1:18790/ws",
  token: environment["SWIFTCLAW_GATEWAY_TOKEN"], clientName: "bot")

let output = Output()

do {
  try await GatewayClient.withConnection(to: configuration) { client in
    try await withThrowingTaskGroup(of: Void.self) { answers in
      var waiting = 0
      while let line = readLine() {
        guard let message = try? JSONDecoder().decode(Incoming.self, from: Data(line.utf8)) else {
          FileHandle.standardError.write(Data("not a message: \(line)\n".utf8))
          continue
        }
        // Sixteen at a time; further ones wait in the pipe.
        if waiting == 16 {
          try await answers.next()
          waiting -= 1
        }
        answers.addTask { [output] in try await output.write(answer(message, client)) }
        waiting += 1
      }
      try await answers.waitForAll()
    }
  }
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
