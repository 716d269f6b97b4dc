import ArgumentParser
import ClawClient
import ClawJSON
import ClawProtocol
import Testing

@testable import ClawCommands

@Suite("Command line")
struct CommandLineTests {
  /// Every command, by its words.
  private static func commands(
    _ type: any ParsableCommand.Type = RootCommand.self, _ words: [String] = []
  ) -> [(words: [String], type: any ParsableCommand.Type)] {
    let inner = type.configuration.subcommands.flatMap { commands($0, words + [$0._commandName]) }
    return [(words, type)] + inner
  }

  @Test("Every command has help with what it does and an example")
  func help() async {
    let commands = Self.commands()
    #expect(commands.count >= 35)
    for (words, type) in commands {
      let result = await command(words + ["--help"])
      #expect(result.status == .success)
      #expect(result.output.contains("OVERVIEW: "))
      #expect(!type.configuration.abstract.isEmpty)
      if !words.isEmpty { #expect(result.output.contains("Example:"), "\(words) has no example") }
    }
  }

  @Test("The help names every exit status")
  func statuses() async {
    let help = await command(["--help"]).output
    for status in CommandStatus.allCases { #expect(help.contains("\(status.rawValue)\t")) }
  }

  @Test(
    "A wrong command line is told what is wrong and ends with 64",
    arguments: [
      ["bogus"], ["serve", "--port"], ["serve", "--port", "abc"], ["serve", "--bogus"], ["chat", "extra"],
      ["chat", "--mode", "shout"],
      ["chat", "-m", ""], ["token", "bogus"], ["config", "bogus"], ["doctor", "--bogus"], ["version", "extra"],
      ["cron", "add", "x", "-m", "y"], ["cron", "add", "x", "-m", "y", "--every", "soon"],
      ["cron", "add", "x", "-m", "y", "--in", "1m", "--tz", "UTC"],
      ["serve", "--port", "99999"], ["config", "show", "nothing.like.it"], ["agents", "edit", "x"],
      ["agents", "add"], ["agents", "add", "x", "--prompt", "a", "--prompt-file", "b"],
      ["agents", "edit", "x", "--no-models", "--model", "m"], ["sessions", "show"], ["sessions", "label", "k"],
      ["sessions", "export", "k", "--format", "pdf"], ["logs", "--level", "loud"], ["models", "bogus"],
      ["onboard", "--base-url", "http://h/v1"], ["completions"], ["status", "extra"],
      ["pairing", "bogus"], ["pairing", "approve"], ["pairing", "approve", "ABCD2345", "--role", "admin"],
    ])
  func usage(arguments: [String]) async throws {
    let folder = try TemporaryFolder()
    let result = await command(arguments, environment: ["HOME": folder.path])
    #expect(result.status == .usage)
    #expect(!result.errors.isEmpty)
    #expect(result.output.isEmpty)
  }

  @Test("The options of each command are understood")
  func options() throws {
    let serve = try #require(
      try RootCommand.parseAsRoot([
        "serve", "--host", "::1", "--port", "0", "--data-dir", "/d", "--config", "/c", "--allow-remote",
      ]) as? ServeCommand)
    #expect(serve.host == "::1" && serve.port == 0 && serve.allowRemote)
    #expect(serve.place.dataDirectory == "/d" && serve.place.config == "/c")
    let chat = try #require(
      try RootCommand.parseAsRoot([
        "chat", "-m", "hi", "--agent", "a", "--session", "s", "--user", "u", "--mode", "steer", "--json", "--url",
        "ws://h/ws",
      ]) as? ChatCommand)
    #expect(chat.mode == .steer)
    let plain = try #require(try RootCommand.parseAsRoot(["chat"]) as? ChatCommand)
    #expect(plain.mode == .queue)
    #expect(chat.message == "hi" && chat.agent == "a" && chat.session == "s" && chat.user == "u")
    #expect(chat.json && chat.url == "ws://h/ws")
    let approve = try #require(
      try RootCommand.parseAsRoot([
        "pairing", "approve", "abcd2345", "--user", "u", "--role", "viewer", "--json", "--url", "ws://h/ws",
      ]) as? PairingCommand.Approve)
    #expect(approve.code == "abcd2345" && approve.user == "u" && approve.role == "viewer" && approve.gateway.json)
    #expect(try RootCommand.parseAsRoot(["token", "rotate"]) is TokenCommand.Rotate)
    #expect(try RootCommand.parseAsRoot(["config", "path"]) is ConfigCommand.Path)
    #expect(try RootCommand.parseAsRoot(["doctor"]) is DoctorCommand)
  }

  @Test("The version names the protocol")
  func version() async {
    for arguments in [["version"], ["--version"]] {
      let result = await command(arguments)
      #expect(result.output == "swiftclaw \(SwiftClawVersion.current) (protocol 3)\n")
    }
  }

  @Test("S2: A public address without --allow-remote is refused with its own status and the reason")
  func publicBinding() async throws {
    let folder = try TemporaryFolder()
    let environment = ["HOME": folder.path]
    for arguments in [["serve", "--host", "0.0.0.0"], ["serve", "--host", "::"], ["serve", "--host", "example.com"]] {
      let result = await command(arguments, environment: environment)
      #expect(result.status == .configuration)
      #expect(result.errors.contains("--allow-remote"))
    }
    let byVariable = await command(["serve"], environment: ["HOME": folder.path, "SWIFTCLAW_HOST": "192.168.1.2"])
    #expect(byVariable.status == .configuration)
    #expect(throws: Never.self) { try ServeCommand.checkBinding("0.0.0.0", allowRemote: true) }
  }

  @Test(
    "S2: Loopback is told apart from everything else",
    arguments: [
      ("127.0.0.1", true), ("127.8.9.10", true), ("::1", true), ("[::1]", true), ("localhost", true),
      ("LOCALHOST", true), ("::ffff:127.0.0.1", true), ("0.0.0.0", false), ("::", false), ("", false),
      ("127.0.0.1.evil.example", false), ("localhost.evil.example", false), ("10.0.0.1", false),
      ("::ffff:10.0.0.1", false), ("fe80::1", false), ("2130706433", false), ("127.1", false),
    ])
  func loopback(host: String, expected: Bool) {
    #expect(LoopbackAddress.matches(host) == expected)
  }

  @Test(
    "Errors end with the status of their kind",
    arguments: [
      (ClientError.server(ErrorBody(code: .unauthorized, message: "no")), CommandStatus.unauthorized),
      (.server(ErrorBody(code: .forbidden, message: "no")), .unauthorized),
      (.server(ErrorBody(code: .unavailable, message: "no")), .unavailable),
      (.server(ErrorBody(code: .notFound, message: "no")), .usage),
      (.server(ErrorBody(code: .internalError, message: "no")), .internalFault),
      (.server(ErrorBody(code: .agentTimeout, message: "no")), .failure), (.cannotConnect("no"), .unavailable),
      (.connectTimeout, .unavailable), (.connectionLost(code: 1006, reason: ""), .unavailable),
      (.pairingRequired(code: "X"), .unauthorized), (.unreadable("x"), .internalFault), (.cancelled, .interrupted),
    ])
  func clientErrors(error: ClientError, status: CommandStatus) {
    #expect(CommandFailure(explaining: error)?.status == status)
  }

  @Test("A gateway that is not there is 69, a token that is not there 77")
  func unreachable() async throws {
    let folder = try TemporaryFolder()
    let environment = ["HOME": folder.path]
    let noToken = await command(["chat", "-m", "hi"], environment: environment)
    #expect(noToken.status == .unauthorized)
    #expect(noToken.errors.contains("swiftclaw serve"))
    // Port 1 of the loopback address: nothing listens there.
    let nobody = await command(
      ["chat", "-m", "hi", "--url", "ws://127.0.0.1:1"],
      environment: ["HOME": folder.path, "SWIFTCLAW_GATEWAY_TOKEN": "t"])
    #expect(nobody.status == .unavailable)
    #expect(nobody.output.isEmpty)
  }

  @Test(
    "An address is taken for what it means",
    arguments: [
      ("http://h:1", "ws://h:1/ws"), ("https://h", "wss://h/ws"), ("h:1", "ws://h:1/ws"), ("ws://h/", "ws://h/ws"),
      ("wss://h/claw/ws", "wss://h/claw/ws"),
    ])
  func addresses(named: String, expected: String) {
    #expect(GatewayAddress.webSocket(named) == expected)
  }

  @Test(
    "Colours are for terminals, unless somebody said no",
    arguments: [
      (true, [:], true), (false, [:], false), (true, ["NO_COLOR": "1"], false), (true, ["NO_COLOR": ""], true),
      (true, ["TERM": "dumb"], false),
    ])
  func colours(isTerminal: Bool, environment: [String: String], expected: Bool) {
    #expect(Styles.areWanted(isTerminal: isTerminal, environment: environment) == expected)
    let written = WrittenText().console(environment, isTerminal: isTerminal)
    #expect((written.styles.red("x") != "x") == expected)
  }
}
