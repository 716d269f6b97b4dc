#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// An echo program on ClawWebSocket for external test suites.
///
///     swiftclaw-echo server [<port>]           listens on 127.0.0.1 and prints the port
///     swiftclaw-echo client <url> [<agent>]    runs the cases of a fuzzing server
@main
struct WebSocketEcho {
  static func main() async {
    do {
      try await run(Array(CommandLine.arguments.dropFirst()))
    } catch {
      Console.error("\(error)")
      exit(1)
    }
  }

  private static func run(_ arguments: [String]) async throws {
    switch (arguments.first, arguments.count) {
    case ("server", 1...2):
      guard let port = UInt16(arguments.count == 2 ? arguments[1] : "0") else {
        throw EchoFailure("the port must be 0 to 65535")
      }
      let server = try await EchoServer(port: Int(port))
      Console.output("\(server.port)")
      try await server.run()
    case ("client", 2...3):
      try await EchoClient(address: arguments[1], agent: arguments.count == 3 ? arguments[2] : "swiftclaw").run()
    default:
      throw EchoFailure("usage: swiftclaw-echo server [<port>] | client <url> [<agent>]")
    }
  }
}
