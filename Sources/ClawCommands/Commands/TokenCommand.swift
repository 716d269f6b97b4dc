import ArgumentParser
import ClawJSON

/// `swiftclaw token`.
struct TokenCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "token", abstract: "Shows or replaces the gateway's token.",
    discussion: """
      Example:
        export SWIFTCLAW_GATEWAY_TOKEN="$(swiftclaw token show)"
      """,
    subcommands: [Show.self, Rotate.self])

  /// `swiftclaw token show`.
  struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes the token, and nothing else, to stdout.",
      discussion: """
        Example:
          swiftclaw token show
        """)

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var place: DataDirectoryOptions

    func run() async throws {
      let loaded = try await place.load()
      let token = try await Blocking.run {
        try GatewayTokenStore(loaded.dataDirectory).find(given: loaded.values[Settings.gatewayToken])
      }
      guard let token else {
        throw CommandFailure(
          .unauthorized,
          "there is no token yet in \(loaded.dataDirectory.tokenFile). It is made at the first start: swiftclaw serve")
      }
      Console.current.line(json ? TokenCommand.json(token) : token.value)
    }
  }

  /// `swiftclaw token rotate`.
  struct Rotate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes a new token and writes it to stdout; the old one ends when the gateway is started again.",
      discussion: """
        Example:
          swiftclaw token rotate
        """)

    @Flag(help: "Write JSON.")
    var json = false

    @OptionGroup var place: DataDirectoryOptions

    func run() async throws {
      let loaded = try await place.load()
      let console = Console.current
      let token = try await Blocking.run { try GatewayTokenStore(loaded.dataDirectory).rotate() }
      console.line(json ? TokenCommand.json(token) : token.value)
      console.note("kept in \(loaded.dataDirectory.tokenFile); start the gateway again for it to count")
      if !loaded.values[Settings.gatewayToken].isEmpty {
        console.note("SWIFTCLAW_GATEWAY_TOKEN is set and outweighs the file; change or unset it too")
      }
    }
  }

  private static func json(_ token: StoredToken) -> String {
    let value: JSONValue = ["token": .string(token.value)]
    return value.serializedString()
  }
}
