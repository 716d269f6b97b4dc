import ArgumentParser
import ClawJSON
import ClawProtocol

/// `swiftclaw version`.
struct VersionCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "version", abstract: "Prints the version.",
    discussion: """
      Example:
        swiftclaw version
      """)

  static let text = "swiftclaw \(SwiftClawVersion.current) (protocol \(ProtocolVersion.current))"

  @Flag(help: "Write JSON.")
  var json = false

  func run() async throws {
    guard json else { return Console.current.line(Self.text) }
    let version: JSONValue = [
      "version": .string(SwiftClawVersion.current), "protocol": .integer(Int64(ProtocolVersion.current)),
    ]
    Console.current.line(version.serializedString())
  }
}
