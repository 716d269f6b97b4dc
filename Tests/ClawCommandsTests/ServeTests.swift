import ClawCore
import ClawJSON
import Logging
import Testing

@testable import ClawCommands

@Suite("Serve")
struct ServeTests {
  private func configuration(
    _ folder: TemporaryFolder, origin: StoredToken.Origin
  ) -> GatewayConfiguration {
    GatewayConfiguration(dataDirectory: folder.directory, token: StoredToken("planted-secret-1", origin: origin))
  }

  private func announced(
    _ folder: TemporaryFolder, _ origin: StoredToken.Origin, model: ModelReference, port: Int = 18_790
  ) -> String {
    let announcement = ServeAnnouncement(configuration: configuration(folder, origin: origin), model: model)
    let console = WrittenText().console(["HOME": folder.path + "/nowhere"])
    return Console.$current.withValue(console) {
      announcement.lines(address: "http://127.0.0.1:\(port)", port: port, styles: Styles(isOn: false))
        .joined(separator: "\n")
    }
  }

  @Test("The start says where, with what token, which model, and what to type next")
  func announcement() throws {
    let folder = try TemporaryFolder()
    let text = announced(
      folder, .file("/x/gateway.token"), model: ModelReference(provider: "openai", model: "gpt-4o"), port: 4711)
    #expect(text.contains("http://127.0.0.1:4711"))
    #expect(text.contains("in /x/gateway.token"))
    #expect(text.contains("openai/gpt-4o"))
    #expect(text.contains("chat --data-dir \(folder.path) --url ws://127.0.0.1:4711/ws"))
    #expect(!text.contains("API_KEY"))
  }

  @Test("Without a provider the start says how to set a key")
  func demo() throws {
    let text = announced(
      try TemporaryFolder(), .environment, model: ModelReference(provider: "demo", model: "demo"))
    #expect(text.contains("SWIFTCLAW_ANTHROPIC_API_KEY"))
    #expect(!text.contains("--url"))
  }

  @Test("S34: The token is shown when it is new, and never again")
  func tokenOnce() throws {
    let folder = try TemporaryFolder()
    let model = ModelReference(provider: "demo", model: "demo")
    #expect(announced(folder, .newFile("/x"), model: model).contains("planted-secret-1"))
    #expect(!announced(folder, .file("/x"), model: model).contains("planted"))
    #expect(!announced(folder, .environment, model: model).contains("planted"))
  }

  @Test("S34: In JSON the log holds the address but never the token, which is written beside it when it is new")
  func json() throws {
    let folder = try TemporaryFolder()
    let output = KeptLines()
    let written = WrittenText()
    let configuration = configuration(folder, origin: .newFile("/x"))
    let log = LogSettings(level: .info, style: .json, secrets: configuration.secrets, output: output)
    Console.$current.withValue(written.console()) {
      ServeAnnouncement(configuration: configuration, model: ModelReference(provider: "demo", model: "demo"))
        .make(port: 1, log: log, logger: log.logger("x"))
    }
    let line = try JSONValue(parsing: try #require(output.lines.first))
    #expect(line["fields"]?["address"] == "http://127.0.0.1:1")
    #expect(!output.lines.joined().contains("planted"))
    #expect(written.errors == "token: planted-secret-1\n")
  }

  @Test("Reading the configuration again takes up what is live and names what waits for a restart")
  func reload() async throws {
    let folder = try TemporaryFolder()
    let loader = ConfigurationLoader(
      environment: ["HOME": folder.path, "SWIFTCLAW_HOME": folder.path], workingDirectory: folder.path)
    let output = KeptLines()
    let log = LogSettings(level: .info, style: .json, output: output)
    let reload = ConfigurationReload(
      loader: loader, started: try loader.load().values, log: log, logger: log.logger("x"))
    try folder.write(#"{"log": {"level": "debug"}, "lanes": {"main": 3}}"#, to: "config.json")
    await reload.reload()
    #expect(log.level == .debug)
    #expect(output.lines.contains { $0.contains("lanes.main") && !$0.contains("gateway.port") })
    try folder.write(#"{"log": {"level": "loud"}}"#, to: "config.json")
    await reload.reload()
    #expect(log.level == .debug)
    #expect(output.lines.last?.contains("not taken up") == true)
  }

  @Test("Only settings that a running gateway takes up are called live")
  func live() {
    #expect(Settings.all.filter(\.isLive).map(\.path) == ["log.level"])
  }

  @Test("A store in use and an address in use end with 69 and say what to do")
  func inUse() {
    let values = ConfigurationValues()
    let store = ServeCommand.explained(ClawError(.failedPrecondition, "another gateway is running"), values)
    #expect((store as? CommandFailure)?.status == .unavailable)
  }
}
