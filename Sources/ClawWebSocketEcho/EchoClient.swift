import ClawWebSocket
import NIOCore

/// The client that a fuzzing server tests: asks for the number of cases, runs them one by one and echoes all messages,
/// then requests the reports.
struct EchoClient {
  /// The fuzzing server's URL without a path, such as `ws://127.0.0.1:9001`.
  let address: String
  /// The name of the reports; letters, digits and `-`.
  let agent: String

  func run() async throws {
    let count = try await caseCount()
    guard count > 0 else { throw EchoFailure("the fuzzing server offers no cases") }
    for number in 1...count {
      do {
        try await connect("/runCase?case=\(number)&agent=\(agent)").echo()
      } catch {
        // The case fails in the report; the others are still useful.
        Console.error("case \(number): \(error)")
      }
    }
    try await connect("/updateReports?agent=\(agent)").echo()
  }

  private func caseCount() async throws -> Int {
    let connection = try await connect("/getCaseCount")
    guard let message = await connection.nextMessage(), let count = Int(String(buffer: message.payload)) else {
      throw EchoFailure("the fuzzing server did not say how many cases there are")
    }
    _ = await connection.closed()
    return count
  }

  private func connect(_ target: String) async throws -> WebSocketConnection {
    try await WebSocketClient().connect(url: address + target, configuration: EchoSettings.webSocket)
  }
}

/// Why the program exits, for the user.
struct EchoFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
