import ArgumentParser
import ClawClient
import ClawJSON
import ClawTesting
import Foundation
import Testing

@testable import ClawCommands

/// Commands against a real gateway.
@Suite("Client commands")
struct GatewayCommandTests {
  private static func run(_ gateway: GatewayHarness, _ arguments: String...) async -> (
    status: CommandStatus, output: String, errors: String
  ) {
    await command(
      arguments,
      environment: [
        "HOME": gateway.directory.path, "SWIFTCLAW_HOME": gateway.directory.path,
        "SWIFTCLAW_GATEWAY_TOKEN": gateway.token, "SWIFTCLAW_URL": "ws://127.0.0.1:\(gateway.port)/ws",
      ])
  }

  private static func json(_ gateway: GatewayHarness, _ arguments: String...) async throws -> JSONValue {
    let result = await command(
      arguments + ["--json"],
      environment: [
        "HOME": gateway.directory.path, "SWIFTCLAW_HOME": gateway.directory.path,
        "SWIFTCLAW_GATEWAY_TOKEN": gateway.token, "SWIFTCLAW_URL": "ws://127.0.0.1:\(gateway.port)/ws",
      ])
    #expect(result.status == .success, "\(arguments): \(result.errors)")
    return try JSONValue(parsing: result.output)
  }

  @Test("agents: add, list, edit, remove")
  func agents() async throws {
    try await GatewayHarness.run { gateway in
      let made = await Self.run(gateway, "agents", "add", "Travel Helper", "--model", "demo/demo", "--emoji", "🧭")
      #expect(made.status == .success, "\(made.errors)")
      #expect(made.output.contains("made agent travel-helper"))
      let again = await Self.run(gateway, "agents", "add", "travel helper")
      #expect(again.status == .usage && again.errors.contains("ALREADY_EXISTS"))
      let prompt = gateway.directory.path + "/prompt.md"
      try Data("Plan trips.".utf8).write(to: URL(fileURLWithPath: prompt))
      #expect(
        await Self.run(gateway, "agents", "edit", "travel-helper", "--prompt-file", prompt, "--no-models").status
          == .success)
      let list = try await Self.json(gateway, "agents", "list")
      let entry = list["agents"]?.arrayValue?.first { $0["id"] == "travel-helper" }
      #expect(entry?["prompt"] == "Plan trips." && entry?["models"] == [])
      #expect(await Self.run(gateway, "agents", "list").output.contains("🧭 Travel Helper"))
      let unasked = await Self.run(gateway, "agents", "remove", "travel-helper")
      #expect(unasked.status == .usage && unasked.errors.contains("--yes"))
      let gone = await Self.run(gateway, "agents", "remove", "travel-helper", "--yes")
      #expect(gone.status == .success && gone.output.contains("and its folder"))
      #expect(await Self.run(gateway, "agents", "edit", "travel-helper", "--name", "x").status == .usage)
      let bad = await Self.run(gateway, "agents", "add", "x", "--model", "nobody/x")
      #expect(bad.status == .usage && bad.errors.contains("nobody/x"))
      #expect(await Self.run(gateway, "agents", "remove", "default", "-y").status == .usage)
    }
  }

  @Test("sessions: list, show, label, export, delete")
  func sessions() async throws {
    try await GatewayHarness.run { gateway in
      let key = "agent:default:ws:main"
      #expect(await Self.run(gateway, "chat", "-m", "what is 6 * 7?").status == .success)
      #expect(await Self.run(gateway, "sessions", "label", key, "Sums").output == "named \(key)\n")
      let list = try await Self.json(gateway, "sessions", "list")
      #expect(list["sessions"]?[0]?["key"] == .string(key) && list["sessions"]?[0]?["label"] == "Sums")
      #expect(await Self.run(gateway, "sessions", "list").output.contains("Sums"))
      #expect(await Self.run(gateway, "sessions", "show", key).output.contains("what is 6 * 7?"))
      let markdown = await Self.run(gateway, "sessions", "export", key).output
      #expect(markdown.hasPrefix("# \(key)\n") && markdown.contains("## user") && markdown.contains("42"))
      let exported = try await Self.json(gateway, "sessions", "export", key)
      #expect(exported.arrayValue?.first?["content"] == "what is 6 * 7?")
      let file = gateway.directory.path + "/out.jsonl"
      #expect(await Self.run(gateway, "sessions", "export", key, "--format", "jsonl", "-o", file).status == .success)
      let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
      #expect(lines.count == exported.arrayValue?.count)
      let taken = await Self.run(gateway, "sessions", "export", key, "-o", file)
      #expect(taken.status == .usage && taken.errors.contains("is there already"))
      #expect(await Self.run(gateway, "sessions", "delete", key).status == .usage)
      #expect(try await Self.json(gateway, "sessions", "delete", key, "--yes") == ["ok": true])
      #expect(await Self.run(gateway, "sessions", "delete", key, "--yes").status == .usage)
      #expect(await Self.run(gateway, "sessions", "export", key).status == .usage)
      #expect(await Self.run(gateway, "sessions", "show", "no-key").status == .usage)
    }
  }

  @Test("An export holds every message once and in order, over many pages")
  func longExport() async throws {
    try await GatewayHarness.run { gateway in
      let client = try await gateway.connect()
      for number in 1...5 { _ = try await client.call("chat.send", ["message": .string("m\(number)")]) }
      let configuration = ClientConfiguration(url: "ws://127.0.0.1:\(gateway.port)/ws", token: gateway.token)
      let all = try await GatewayClient.withConnection(to: configuration) {
        try await SessionExport.all(of: "agent:default:ws:main", client: $0, page: 3)
      }
      #expect(all.map(\.seq) == Array(1...10))
    }
  }

  @Test("status, models and logs answer for people and for programs")
  func others() async throws {
    try await GatewayHarness.run { gateway in
      let status = await Self.run(gateway, "status").output
      #expect(status.contains("sqlite") && status.contains("demo/demo"))
      #expect(try await Self.json(gateway, "status")["protocol"] == 3)
      #expect(await Self.run(gateway, "models", "list").output.contains("demo/demo"))
      #expect(try await Self.json(gateway, "models", "list")["models"]?[0]?["provider"] == "demo")
      #expect(await Self.run(gateway, "models", "list", "--provider", "nobody").status == .usage)
      #expect(await Self.run(gateway, "chat", "-m", "hi").status == .success)
      let logs = await Self.run(gateway, "logs", "-n", "1000")
      #expect(logs.status == .success && !logs.output.isEmpty && !logs.output.contains(gateway.token))
      #expect(!logs.output.contains("\u{1B}"))
      let one = try await Self.json(gateway, "logs", "-n", "1")
      #expect(one["level"]?.stringValue != nil)
    }
  }

  private static let asking = [
    ["status"], ["agents", "list"], ["agents", "add", "x"], ["agents", "edit", "x", "--name", "y"],
    ["agents", "remove", "x", "--yes"], ["sessions", "list"], ["sessions", "show", "k"],
    ["sessions", "label", "k", "l"], ["sessions", "delete", "k", "--yes"], ["sessions", "export", "k"],
    ["models", "list"], ["logs"],
  ]

  @Test("A gateway that is not there is 69, a token that is not there 77, for every command", arguments: asking)
  func nobody(arguments: [String]) async throws {
    let folder = try TemporaryFolder()
    let nobody = await command(
      arguments + ["--url", "ws://127.0.0.1:1"], environment: ["HOME": folder.path, "SWIFTCLAW_GATEWAY_TOKEN": "t"])
    #expect(nobody.status == .unavailable && nobody.output.isEmpty && !nobody.errors.isEmpty)
    let noToken = await command(arguments, environment: ["HOME": folder.path])
    #expect(noToken.status == .unauthorized && noToken.errors.contains("swiftclaw serve"))
  }

  @Test("A wrong token is 77 for every command")
  func wrongToken() async throws {
    try await GatewayHarness.run { gateway in
      for arguments in Self.asking {
        let refused = await command(
          arguments,
          environment: [
            "HOME": gateway.directory.path, "SWIFTCLAW_GATEWAY_TOKEN": "not-the-token-of-this-gateway",
            "SWIFTCLAW_URL": "ws://127.0.0.1:\(gateway.port)",
          ])
        #expect(refused.status == .unauthorized && refused.output.isEmpty, "\(arguments)")
      }
    }
  }

  @Test("models test tells by its status what is wrong")
  func modelTest() async throws {
    let folder = try TemporaryFolder()
    let models = try await FakeModelServer.start()
    models.accept(keys: ["the-good-key-1"])
    func test(_ arguments: String..., key: String = "the-good-key-1") async -> CommandStatus {
      await command(
        ["models", "test"] + arguments,
        environment: [
          "HOME": folder.path, "SWIFTCLAW_OPENAI_BASE_URL": models.url, "SWIFTCLAW_OPENAI_API_KEY": key,
          "SWIFTCLAW_MODEL": "fake-large",
        ]
      ).status
    }
    #expect(await test() == .success)
    #expect(await test("fake-small") == .success)
    #expect(await test("openai/other") == .success)
    #expect(await test("nobody-has-this") == .usage)
    #expect(await test(key: "another") == .unauthorized)
    models.enqueue(.status(500, body: "{}"))
    #expect(await test() == .unavailable)
    models.enqueue(.rateLimited(retryAfter: "60"))
    #expect(await test() == .unavailable)
    await models.stop()
    #expect(await test() == .unavailable)
  }

  @Test("Each shell gets a script that names the commands", arguments: ["bash", "zsh", "fish"])
  func completions(shell: String) async {
    let result = await command(["completions", shell])
    #expect(result.status == .success)
    for name in ["onboard", "sessions", "doctor"] { #expect(result.output.contains(name)) }
    #expect(await command(["completions", "tcsh"]).status == .usage)
  }

  @Test("Every command that answers takes --json")
  func json() {
    func leaves(_ type: any ParsableCommand.Type, _ words: [String]) -> [([String], any ParsableCommand.Type)] {
      let inner = type.configuration.subcommands
      return inner.isEmpty ? [(words, type)] : inner.flatMap { leaves($0, words + [$0._commandName]) }
    }
    let all = leaves(RootCommand.self, [])
    #expect(all.count > 20)
    for (words, type) in all where words != ["completions"] {
      #expect(type.helpMessage().contains("--json"), "\(words)")
    }
  }

  @Test("What is waited for is said on a terminal alone")
  func progress() async {
    for isTerminal in [true, false] {
      let written = WrittenText()
      let console = written.console(isTerminal: isTerminal)
      await Progress.during("counting", console: console) {}
      #expect(written.errors.contains("counting") == isTerminal)
      #expect(written.output.isEmpty)
    }
  }
}
