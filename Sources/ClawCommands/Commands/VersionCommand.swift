import ArgumentParser
import ClawProtocol

/// `swiftclaw version`.
struct VersionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Says which version this is.",
    discussion: """
      Example:
        swiftclaw version
      """)

  static let text = "swiftclaw \(SwiftClawVersion.current) (protocol \(ProtocolVersion.current))"

  func run() async throws { Console.current.line(Self.text) }
}
