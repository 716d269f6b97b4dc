import ClawJSON
import Foundation
import Logging
import Testing

@testable import ClawCommands

@Suite("Skills command", .timeLimit(.minutes(10)))
struct SkillsCommandTests {
  /// Runs command lines against a gateway.
  private func run(
    _ folder: TemporaryFolder,
    _ body:
      @escaping @Sendable (_ call: @Sendable ([String]) async -> (CommandStatus, String, String)) async throws
      -> Void
  ) async throws {
    let environment = [
      "HOME": folder.path, "SWIFTCLAW_HOME": folder.path, "SWIFTCLAW_PORT": "0",
      "SWIFTCLAW_GATEWAY_CONNECT_TIMEOUT": "300s",
      "SWIFTCLAW_GATEWAY_TOKEN": "a-token-for-the-test-0123456789",
    ]
    let loaded = try ConfigurationLoader(environment: environment, workingDirectory: folder.path).load().checked()
    let token = try GatewayTokenStore(loaded.dataDirectory).obtain(given: loaded.values[Settings.gatewayToken])
    let gateway = try await Gateway.build(
      GatewayConfiguration(dataDirectory: loaded.dataDirectory, token: token, values: loaded.values),
      logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() })
    let (ports, listening) = AsyncStream.makeStream(of: Int.self)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        defer { listening.finish() }
        // Ended by cancellation.
        try? await gateway.run(handlesSignals: false) { listening.yield($0) }
      }
      var iterator = ports.makeAsyncIterator()
      let port = try #require(await iterator.next())
      try await body { arguments in
        await command(arguments + ["--url", "ws://127.0.0.1:\(port)"], environment: environment)
      }
      group.cancelAll()
    }
  }

  @Test("list shows names and descriptions, show the instructions, and --json what the gateway said")
  func skills() async throws {
    let folder = try TemporaryFolder()
    for (name, text) in [("pdf", "Reads PDF files."), ("weather", "Tells the weather.")] {
      let path = folder.path + "/skills/\(name)"
      try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
      try folder.write("---\ndescription: \(text)\n---\nHow to \(name).\n", to: "skills/\(name)/SKILL.md")
    }
    try await run(folder) { call in
      let list = await call(["skills", "list"])
      #expect(list.0 == .success)
      #expect(list.1 == "pdf      Reads PDF files. (global)\nweather  Tells the weather. (global)\n")
      let show = await call(["skills", "show", "weather"])
      #expect(show.1 == "How to weather.\n")
      let json = try JSONValue(parsing: await call(["skills", "list", "--json"]).1)
      #expect(json["skills"]?[1]?["id"] == "weather")
      let missing = await call(["skills", "show", "nothing"])
      #expect(missing.0 == .usage && missing.2.contains("pdf, weather"))
      #expect(await call(["skills", "list", "--agent", "nobody"]).0 == .usage)
    }
  }

  @Test("without skills list says how to have some")
  func none() async throws {
    try await run(try TemporaryFolder()) { call in
      let list = await call(["skills", "list"])
      #expect(list.0 == .success && list.1.isEmpty)
      #expect(list.2.contains("SKILL.md"))
    }
  }
}
